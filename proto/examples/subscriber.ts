import { readFileSync } from "node:fs";
import { jetstream } from "@nats-io/jetstream";
import { connect, credsAuthenticator } from "@nats-io/transport-node";

const {
  NATS_URL: servers = "nats://127.0.0.1:4222",
  NATS_CREDS_FILE: creds = "register.creds",
  NATS_CA_FILE: caFile,
} = process.env;
const authenticator = credsAuthenticator(readFileSync(creds));
const nats = await connect({
  servers,
  authenticator,
  maxReconnectAttempts: -1,
  ...(caFile ? { tls: { caFile } } : {}),
});
const consumer = await jetstream(nats, { domain: "veche" }).consumers.get("CONFERENCE", process.argv[2] ?? "register");
for await (const message of await consumer.consume()) {
  const fact = message.json<{ session: string; seq: string; participant?: { person: string } }>();
  console.log(message.subject.split(".").slice(5).join(" "), fact.session, fact.seq, fact.participant?.person);
  message.ack();
}
