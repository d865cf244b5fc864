-- Every act and every look around asks for the one that is under way: found without walking through all that are certified.
create index acts_pending on acts (number) where not certified;
