-- name: InsertLicence :exec
INSERT INTO licences (number, organisation, name, edition, max_members, module_key, not_after, issued, note, revoked, why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '');

-- name: Licence :one
SELECT * FROM licences WHERE number = $1;

-- name: Licences :many
SELECT * FROM licences ORDER BY number;

-- name: RevokeLicence :execrows
UPDATE licences SET revoked = $1, why = $2 WHERE number = $3 AND revoked = 0;

-- name: InsertUser :exec
INSERT INTO users (id, login, name, role, licence, password, created, disabled)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0);

-- name: UserByLogin :one
SELECT * FROM users WHERE login = $1;

-- name: Users :many
SELECT * FROM users ORDER BY login;

-- name: DisableUser :execrows
UPDATE users SET disabled = $1 WHERE login = $2 AND disabled = 0;

-- name: EnableUser :execrows
UPDATE users SET disabled = 0 WHERE login = $1 AND disabled <> 0;

-- name: SetPassword :execrows
UPDATE users SET password = $1 WHERE login = $2;

-- name: LastRevocation :one
SELECT CAST(COALESCE(MAX(serial), 0) AS BIGINT) AS serial FROM revocations;

-- name: InsertRevocation :exec
INSERT INTO revocations (serial, kind, subject, why, at) VALUES ($1, $2, $3, $4, $5);

-- name: RevocationsAfter :many
SELECT * FROM revocations WHERE serial > $1 ORDER BY serial LIMIT $2;

-- name: LastEntry :one
SELECT * FROM log WHERE relay = $1 ORDER BY seq DESC LIMIT 1;

-- name: InsertEntry :exec
INSERT INTO log (relay, seq, at, body, hash, sig, person, personal, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: EntriesAfter :many
SELECT * FROM log WHERE relay = $1 AND seq > $2 ORDER BY seq LIMIT $3;

-- name: LogRelays :many
SELECT DISTINCT relay FROM log ORDER BY relay;

-- name: EraseEntries :execrows
UPDATE log SET person = '', personal = $1, salt = $2 WHERE person = $3;
