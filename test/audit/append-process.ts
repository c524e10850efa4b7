import { readFileSync } from "node:fs";
import { appendRecords, parseRecordLine, pushRecords, recordLine } from "#audit";
import { notesIn, openRemote } from "#scm";

/** A writer of its own: appends the record of a file to the clone where it stands, and pushes. */
const { signal } = new AbortController();
const record = parseRecordLine(recordLine(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"))));
if (record === undefined) throw new Error("no record");
const folder = process.cwd();
const place = {
  notes: notesIn(folder, signal),
  remote: await openRemote(folder, {}, signal),
  now: () => new Date(),
};
await appendRecords(place, [record], signal);
await pushRecords(place, signal);
