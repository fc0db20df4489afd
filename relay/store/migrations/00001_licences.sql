-- The words of SQL that SQLite and PostgreSQL both know. Times are Unix
-- milliseconds, 0 is never.

-- +goose Up
CREATE TABLE licences (
    number       TEXT   NOT NULL PRIMARY KEY,
    organisation TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    edition      TEXT   NOT NULL,
    max_members  BIGINT NOT NULL,
    module_key   BYTEA  NOT NULL,
    not_after    BIGINT NOT NULL,
    issued       BIGINT NOT NULL,
    note         BYTEA  NOT NULL,
    revoked      BIGINT NOT NULL,
    why          TEXT   NOT NULL
);

CREATE TABLE users (
    id       TEXT   NOT NULL PRIMARY KEY,
    login    TEXT   NOT NULL UNIQUE,
    name     TEXT   NOT NULL,
    role     TEXT   NOT NULL,
    licence  TEXT   NOT NULL,
    password TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    disabled BIGINT NOT NULL
);

CREATE TABLE revocations (
    serial  BIGINT NOT NULL PRIMARY KEY,
    kind    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    why     TEXT   NOT NULL,
    at      BIGINT NOT NULL
);

CREATE TABLE log (
    relay    TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    body     BYTEA  NOT NULL,
    hash     BYTEA  NOT NULL,
    sig      BYTEA  NOT NULL,
    person   TEXT   NOT NULL,
    personal BYTEA  NOT NULL,
    salt     BYTEA  NOT NULL,
    PRIMARY KEY (relay, seq)
);

CREATE INDEX log_at ON log (at);
CREATE INDEX log_person ON log (person);

-- +goose Down
DROP TABLE log;
DROP TABLE revocations;
DROP TABLE users;
DROP TABLE licences;
