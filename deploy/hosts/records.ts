/** What is kept of hosts on NATS: their records, and what they are given, sealed. */
import type { Bucket } from "@veche/kit/bus.ts";
import { createLogger } from "@veche/kit/log.ts";
import { NatsBucket } from "@veche/kit/nats-bucket.ts";
import { NatsStorage } from "@veche/kit/nats-storage.ts";
import { HostSchema, JoinSchema } from "@veche/proto/gen/veche/host/v1/host_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { openOperator } from "../nats/installation.ts";

export class HostRecords implements AsyncDisposable {
  readonly hosts: Bucket<typeof HostSchema>;
  readonly joins: Bucket<typeof JoinSchema>;
  readonly #close: () => Promise<void>;

  private constructor(hosts: Bucket<typeof HostSchema>, joins: Bucket<typeof JoinSchema>, close: () => Promise<void>) {
    this.hosts = hosts;
    this.joins = joins;
    this.#close = close;
  }

  static async open(): Promise<HostRecords> {
    const log = createLogger("operator", "fatal");
    const { link, prefix } = await openOperator("hosts");
    const storage = await NatsStorage.open(link, prefix, log);
    const given = { link, storage, inboxPrefix: prefix, log, isOurs: true };
    return new HostRecords(
      await NatsBucket.open({ ...given, contract: buckets.hosts, schema: HostSchema }),
      await NatsBucket.open({ ...given, contract: buckets.joins, schema: JoinSchema }),
      () => link.close(),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
