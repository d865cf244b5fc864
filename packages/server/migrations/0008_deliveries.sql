-- How far each signer has been brought: it holds every act up to this number, by its own word.
create table deliveries (
  signer_id text primary key,
  number integer not null
);
