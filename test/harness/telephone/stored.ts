/** What stands in a stream or a bucket, as an operator reads it. */
import { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { signInTo } from "../nats.ts";
import type { TestStack } from "../stack.ts";

/** `stream`: "CONFERENCE", "KV_persons". Subjects, headers and bodies; of a key that was removed nothing. */
export async function storedIn(stack: TestStack, stream: string): Promise<string[]> {
  const connection = await connect(signInTo(stack.local, "operator"));
  try {
    const info = await (await jetstreamManager(connection)).streams.info(stream);
    const consumer = await jetstream(connection).consumers.get(stream, { deliver_policy: DeliverPolicy.All });
    const texts: string[] = [];
    let left = info.state.messages;
    while (left > 0) {
      for await (const message of await consumer.fetch({ max_messages: left, expires: 2_000 })) {
        if (message.data.length > 0) texts.push(`${message.subject} ${message.headers ?? ""} ${message.string()}`);
        left = message.info.pending;
      }
    }
    return texts;
  } finally {
    await connection.close();
  }
}
