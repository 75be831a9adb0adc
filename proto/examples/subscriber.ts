import { readFileSync } from "node:fs";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, credsAuthenticator } from "@nats-io/transport-node";

const { NATS_URL: servers = "nats://127.0.0.1:4222", NATS_CREDS_FILE: creds = "subscriber.creds" } = process.env;
const authenticator = credsAuthenticator(readFileSync(creds));
const inboxPrefix = "_INBOX.subscriber";
const nats = await connect({ servers, authenticator, inboxPrefix, maxReconnectAttempts: -1 });
const filter_subject = "conference.v1.*.*.*.participant.>";
const consumers = (await jetstreamManager(nats)).consumers;
await consumers.add("CONFERENCE", { durable_name: "register-ts", ack_policy: "explicit", filter_subject });
for await (const message of await (await jetstream(nats).consumers.get("CONFERENCE", "register-ts")).consume()) {
  const fact = message.json<{ session: string; seq: string; participant: { person: string } }>();
  console.log(message.subject.split(".").slice(5).join(" "), fact.session, fact.seq, fact.participant.person);
  message.ack();
}
