// Says to a server what a program in argv[3] wants of it; prints JSON. argv[2] is a path of node_modules.
import { createRequire } from "node:module";

const { ImapFlow } = createRequire(process.argv[2] + "/")("imapflow");
const wanted = JSON.parse(process.argv[3]);
const told = { commands: [], events: [], messages: [] };
const logger = {
  debug: (entry) => entry.src === "s" || told.commands.push(String(entry.msg)),
  trace() {}, info() {}, warn() {}, error() {},
};
const client = new ImapFlow({ ...wanted.options, logger, emitLogs: false });
client.on("expunge", (event) => told.events.push(["expunge", event.uid ?? event.seq, Boolean(event.vanished)]));
client.on("flags", (event) => told.events.push(["flags", event.uid, [...event.flags].sort()]));
client.on("exists", (event) => told.events.push(["exists", event.count]));
await client.connect();
told.capabilities = [...client.capabilities.keys()].sort();
told.enabled = [...client.enabled].sort();
const mailbox = await client.mailboxOpen("INBOX", wanted.since ?? {});
told.mailbox = { uidValidity: String(mailbox.uidValidity), modseq: String(mailbox.highestModseq), exists: mailbox.exists };
told.results = [];
for (const [method, ...parameters] of wanted.calls ?? []) {
  told.results.push(await client[method](...parameters));
}
for await (const message of client.fetch("1:*", { uid: true, flags: true, envelope: true, source: true })) {
  told.messages.push({
    uid: message.uid,
    modseq: String(message.modseq),
    flags: [...message.flags].sort(),
    subject: message.envelope.subject,
    source: message.source.toString("latin1"),
  });
}
await client.logout();
console.log(JSON.stringify(told, (_, value) => (typeof value === "bigint" ? String(value) : value instanceof Map ? [...value] : value)));
