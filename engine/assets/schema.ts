/**
 * @file The tables of the asset catalogue. What is on disk can be read again into an empty database; names, tags and
 * metadata that people gave cannot, so commits are durable.
 */
import type { Database } from '#platform/database'

/** A statement list per version of the schema, the first for an empty file. Only ever appended to. */
const migrations = [
  `
  CREATE TABLE assets (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    -- null until the file was read
    hash TEXT,
    size INTEGER NOT NULL,
    mime_type TEXT,
    -- absolute, null for a mere reference to content; with size and time of the file as it was registered
    path TEXT,
    root TEXT,
    modified_ns TEXT,
    user_metadata TEXT NOT NULL,
    metadata TEXT NOT NULL,
    preview_id TEXT,
    job_id TEXT,
    -- Unix milliseconds
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_access_time INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    missing INTEGER NOT NULL DEFAULT 0,
    listed INTEGER GENERATED ALWAYS AS (deleted = 0 AND missing = 0) VIRTUAL
  );
  CREATE UNIQUE INDEX assets_by_path ON assets (path) WHERE path IS NOT NULL AND missing = 0;
  CREATE INDEX assets_missing_by_path ON assets (path) WHERE missing = 1;
  CREATE INDEX assets_by_hash ON assets (hash) WHERE hash IS NOT NULL;
  CREATE INDEX assets_to_hash ON assets (number) WHERE hash IS NULL;
  CREATE INDEX assets_by_created ON assets (listed, created_at, id);
  CREATE INDEX assets_by_updated ON assets (listed, updated_at, id);
  CREATE INDEX assets_by_name ON assets (listed, name, id);
  CREATE INDEX assets_by_size ON assets (listed, size, id);
  CREATE TABLE tags (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE asset_tags (tag INTEGER NOT NULL, asset INTEGER NOT NULL, PRIMARY KEY (tag, asset)) WITHOUT ROWID;
  CREATE INDEX asset_tags_by_asset ON asset_tags (asset, tag);
  CREATE TABLE asset_values (asset INTEGER NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (asset, key, text)) WITHOUT ROWID;
  CREATE INDEX asset_values_by_text ON asset_values (key, text, asset);
  `,
] as const

/**
 * Brings a database to the newest schema, each version in one transaction.
 * @throws Error when the file was written by a newer version
 */
export function migrateAssetSchema(database: Database): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > migrations.length)
    throw new Error(`the asset catalogue has version ${version}, which is not known here`)
  for (const [index, statements] of migrations.entries()) {
    if (index < version) continue
    database.exec(`BEGIN; ${statements} PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}
