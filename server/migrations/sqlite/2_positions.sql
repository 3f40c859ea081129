-- Slices that wait say where they lie: a server that does not know it could not read them, and is to refuse to start.
SELECT 1;
