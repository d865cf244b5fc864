#!/bin/sh
# Founds a network for a trial on one machine: every host's files, in a folder for each, under the folder that is named.
# Nobody compares anything here, so it proves nothing and protects nothing; a real network is founded as docs/operate.md
# tells. Once it is done it changes nothing any more.
#
#   sh ceremony.sh FOLDER      needs quorate-signer, quorate-server and openssl on PATH

set -eu
umask 077

cat >&2 <<'END'

  ############################################################################
  #  A TRIAL. All five signers are on one machine, under one pair of hands:  #
  #  whoever has this machine has every key. It protects NOTHING.            #
  ############################################################################

END

trial=$1
if [ -e "$trial/admin/admin.json" ]; then
  echo "The ceremony has been held. To begin again, remove the volumes: docker compose down --volumes" >&2
  exit 0
fi

signers='1 2 3 4 5'
brokers='1 2 3'
work=$(mktemp -d)
# What the commands say besides their answers is worth reading only where one of them fails.
trap 'code=$?; [ "$code" = 0 ] || cat "$work/log" >&2; rm -rf "$work"' EXIT
: >"$work/log"
fingerprint() { sed -n "$1p" "$work/fingerprints"; }

# An attempt that was cut off left halves behind. A signer approves once in its life, so all of it is made anew.
for host in signer-1 signer-2 signer-3 signer-4 signer-5 server-1 server-2 nats-1 nats-2 nats-3 admin database console; do
  mkdir -p "$trial/$host"
  find "$trial/$host" -mindepth 1 -delete
done

for n in $signers; do
  quorate-signer init --data-dir "$trial/signer-$n/signer" --out "$work/card-$n.json" 2>>"$work/log" >>"$work/fingerprints"
  quorate-server roster-add --roster "$work/roster.json" --card "$work/card-$n.json" --fingerprint "$(fingerprint "$n")"
done

quorate-server init --keys-dir "$trial/server-1/server" --out "$work/server-card-1.json" >>"$work/log" 2>&1
quorate-server init --keys-dir "$trial/server-2/server" --token-key-of "$trial/server-1/server" --out "$work/server-card-2.json" >>"$work/log" 2>&1

for name in operations reserve; do
  openssl genpkey -algorithm ed25519 -out "$trial/admin/$name.key"
  openssl pkey -in "$trial/admin/$name.key" -pubout -out "$work/$name.pem"
done

# Where the trial's console is: passkeys are bound to it.
console=http://localhost:7380
hash=$(quorate-server genesis-draft --roster "$work/roster.json" --threshold 3 --out "$work/genesis.json" \
  --rp-id localhost --origin "$console" \
  --service-account "operations=$work/operations.pem" --service-account "reserve=$work/reserve.pem" 2>>"$work/log")
credential=$(sed -n 's/^administrator "operations": user .*, credential //p' "$work/log")

for n in $signers; do
  quorate-signer approve --data-dir "$trial/signer-$n/signer" --genesis "$work/genesis.json" --genesis-hash "$hash" --out "$work/approval-$n.json" \
    --fingerprint "$(fingerprint 1)" --fingerprint "$(fingerprint 2)" --fingerprint "$(fingerprint 3)" \
    --fingerprint "$(fingerprint 4)" --fingerprint "$(fingerprint 5)" >>"$work/log" 2>&1
done
quorate-server genesis-finish --genesis "$work/genesis.json" --genesis-hash "$hash" --out "$work/founding.json" \
  --approval "$work/approval-1.json" --approval "$work/approval-2.json" --approval "$work/approval-3.json" \
  --approval "$work/approval-4.json" --approval "$work/approval-5.json"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj '/CN=Quorate trial' \
  -addext basicConstraints=critical,CA:TRUE -keyout "$work/ca.key" -out "$work/ca.pem" 2>>"$work/log"
echo 'brokers:' >"$work/brokers.yaml"
for n in $brokers; do
  openssl req -x509 -CA "$work/ca.pem" -CAkey "$work/ca.key" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
    -subj "/CN=nats-$n" -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth,clientAuth \
    -addext "subjectAltName=DNS:nats-$n" -keyout "$trial/nats-$n/broker.key" -out "$trial/nats-$n/broker.pem" 2>>"$work/log"
  cp "$work/ca.pem" "$trial/nats-$n/ca.pem"
  tls='{ cert: /broker/broker.pem, key: /broker/broker.key, ca: /broker/ca.pem }'
  {
    echo "  - { name: nats-$n, listen: { host: 0.0.0.0, port: 4222 }, monitorPort: 8222, tls: $tls,"
    echo "      route: { host: nats-$n, port: 6222, bind: 0.0.0.0, tls: $tls } }"
  } >>"$work/brokers.yaml"
done
quorate-server broker-config --roster "$work/roster.json" --server "$work/server-card-1.json" --server "$work/server-card-2.json" \
  --plan "$work/brokers.yaml" --genesis-hash "$hash" --out "$work" >/dev/null
for n in $brokers; do cp "$work/nats-$n.conf" "$trial/nats-$n/broker.conf"; done

# PostgreSQL runs as a user of its own and reads this one file.
password=$(openssl rand -hex 24)
printf '%s' "$password" >"$trial/database/password"
chmod 0444 "$trial/database/password"
chmod 0755 "$trial/database"

# $1: the host. What a signer and a server have in common.
common() {
  cp "$work/founding.json" "$work/ca.pem" "$trial/$1/"
  echo 'founding: founding.json'
  echo "genesisHash: $hash"
  echo 'broker: [nats-1:4222, nats-2:4222, nats-3:4222]'
  echo 'brokerCa: ca.pem'
}
for n in $signers; do
  cp "$work/server-card-1.json" "$work/server-card-2.json" "$trial/signer-$n/"
  {
    common "signer-$n"
    echo 'dataDir: signer'
    echo 'servers: [server-card-1.json, server-card-2.json]'
    echo 'health: 127.0.0.1:7320'
    echo 'sparePrimes: off'
  } >"$trial/signer-$n/signer.yaml"
done
for n in 1 2; do
  printf 'postgres://quorate:%s@database:5432/quorate\n' "$password" >"$trial/server-$n/database-url"
  {
    common "server-$n"
    echo 'keysDir: server'
    echo 'databaseUrlFile: database-url'
    echo 'listen: 0.0.0.0:7310'
  } >"$trial/server-$n/server.yaml"
done

organisation=$(sed -n 's/.*"orgId": *"\(or-[0-9a-z-]*\)".*/\1/p' "$work/genesis.json")
cat >"$trial/console/config.json" <<END
{ "orgId": "$organisation", "genesisHash": "$hash", "relyingPartyId": "localhost" }
END
printf 'server server-1:7310;\nserver server-2:7310;\n' >"$trial/console/api.conf"

quorate-server token --keys-dir "$trial/server-1/server" --founding "$work/founding.json" --genesis-hash "$hash" --user operations \
  --out "$trial/admin/operations.token" >/dev/null
# Last, for it says that everything is there.
cat >"$work/admin.json" <<END
{
  "baseUrl": "http://127.0.0.1:7310",
  "genesisHash": "$hash",
  "credId": "$credential",
  "privateKeyFile": "operations.key",
  "authTokenFile": "operations.token"
}
END
mv "$work/admin.json" "$trial/admin/admin.json"
echo "The genesis hash is $hash." >&2
