-- The same as sqlite/1_kept.sql but for the types.

-- Uploads and analyses. `id` opens a result and is written nowhere else; jobs and slices know `entry`.
CREATE TABLE lungsight_kept (
    entry BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- 0: an upload; 1: an analysis.
    kind INTEGER NOT NULL,
    -- Milliseconds since 1970.
    since BIGINT NOT NULL,
    -- All of the answer but its slices, as JSON.
    head TEXT NOT NULL,
    -- Slices without a result.
    pending BIGINT NOT NULL,
    -- What the pictures of its slices take.
    bytes BIGINT NOT NULL
);

CREATE INDEX lungsight_kept_since ON lungsight_kept (since);

CREATE TABLE lungsight_slices (
    kept BIGINT NOT NULL REFERENCES lungsight_kept (entry) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    -- 1 until there is a result.
    pending INTEGER NOT NULL,
    -- The slice's part of the answer, as JSON.
    result TEXT NOT NULL,
    -- Slice and lungs as PNG, heatmaps and class maps as numbers.
    slice BYTEA,
    lungs BYTEA,
    maps BYTEA,
    -- How many pixels are lung, dense and hot, as JSON.
    extent TEXT,
    PRIMARY KEY (kept, number)
);

-- Feature maps that a server without a network has asked for.
CREATE TABLE lungsight_layers (
    kept BIGINT NOT NULL,
    number INTEGER NOT NULL,
    -- Milliseconds since 1970.
    since BIGINT NOT NULL,
    -- NULL until they are drawn; empty where the network failed on them.
    drawn BYTEA,
    PRIMARY KEY (kept, number),
    FOREIGN KEY (kept, number) REFERENCES lungsight_slices (kept, number) ON DELETE CASCADE
);
