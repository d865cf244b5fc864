-- What the request that made a key says of it beside its certificate; null for keys from before it could say anything.
alter table keys add column birth text;

-- Of a further wallet on a key: statement and payload of the request that made it.
alter table wallets add column request text;

-- Up to which act keys and wallets here are what the acts have made of them. One row.
create table followed (
  one boolean primary key default true check (one),
  number integer not null
);

insert into followed (number) values (0);
