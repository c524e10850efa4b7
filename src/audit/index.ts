export { AuditError } from "./audit-error.ts";
export { parseRecordLine } from "./parse-line.ts";
export { named, recordLine, type NewRecord } from "./record-line.ts";
export {
  appendRecords,
  fetchRecords,
  pushRecords,
  readRecords,
  type RecordPlace,
  type Records,
} from "./records.ts";
