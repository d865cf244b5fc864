//! Link arguments that Node addons need on some platforms.

fn main() {
    napi_build::setup();
}
