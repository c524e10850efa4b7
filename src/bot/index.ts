export { GRACE_MS, serveBot } from "./serve-bot.ts";
