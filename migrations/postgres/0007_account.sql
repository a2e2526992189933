-- What the person behind them tells sessions and passkeys apart by.
alter table session add column agent text not null default ''; -- browser and system, as far as its name is well known
alter table passkey add column name bytea;                     -- sealed
