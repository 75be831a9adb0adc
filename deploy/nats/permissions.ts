/** Who may do what on NATS: one user per role, generated from the tables in proto/, and one for the person who runs it all. */
import type { EventContract, RequestContract } from "@veche/proto/contract.ts";
import { type RoleContract, type RoleName, roles } from "@veche/proto/roles.ts";
import { type BucketContract, buckets, type StreamContract, streams } from "@veche/proto/storage.ts";
import { webhooks } from "@veche/proto/subjects.ts";

export type NatsUser = {
  readonly name: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Whether it may answer what it was asked. */
  readonly answers: boolean;
};

export const natsUsers: readonly NatsUser[] = [
  ...Object.entries<RoleContract>(roles).map(([name, contract]) => roleUser(name, contract)),
  operatorUser(),
];

/** The environment variable that holds a user's password where the server is started. */
export function passwordVariable(user: string): string {
  return `NATS_PASSWORD_${user.toUpperCase().replaceAll("-", "_")}`;
}

export function roleNames(): readonly RoleName[] {
  return Object.keys(roles).filter((name): name is RoleName => Object.hasOwn(roles, name));
}

function roleUser(name: string, contract: RoleContract): NatsUser {
  const said = contract.says.map((each) => wildcard(each, name));
  const written = Object.values<StreamContract>(streams).filter((stream) =>
    said.some((subject) => feeds(stream, subject)),
  );
  return {
    name,
    publish: distinct([
      ...said,
      ...contract.calls.map((each) => wildcard(each, name)),
      ...written.flatMap(keepStream),
      ...contract.reads.flatMap((stream) => [...keepStream(stream), ...readStream(stream.name)]),
      ...(contract.follows ?? []).flatMap((stream) => readStream(stream.name)),
      ...contract.buckets.flatMap(useBucket),
      ...contract.watches.flatMap(watchBucket),
    ]),
    subscribe: distinct([
      ...contract.serves.map((each) => wildcard(each, name)),
      ...contract.hears.map((each) => wildcard(each, name)),
      `_INBOX.${name}.>`,
      ...discovery(name),
    ]),
    answers: true,
  };
}

/** What is kept of passwords is for the XMPP server alone, and what requests are signed with for the webhook deliverer. */
function readableBuckets(): readonly BucketContract[] {
  const secret: readonly BucketContract[] = [buckets.accounts, buckets.webhookEndpoints];
  return Object.values<BucketContract>(buckets).filter((bucket) => !secret.includes(bucket));
}

/** The person who runs the installation: hears everything, reads every stream, changes the live settings. */
function operatorUser(): NatsUser {
  return {
    name: "operator",
    publish: [
      "$SRV.>",
      "rpc.instance.>",
      ...Object.values(webhooks).map(({ subject }) => subject),
      "$JS.API.INFO",
      "$JS.API.STREAM.NAMES",
      "$JS.API.STREAM.LIST",
      ...Object.values(streams).flatMap((stream) => readStream(stream.name)),
      ...readableBuckets().flatMap((bucket) => readStream(bucketStream(bucket))),
      ...useBucket(buckets.hosts),
      ...useBucket(buckets.joins),
      ...useBucket(buckets.settings),
    ],
    subscribe: ["evt.>", "rpc.>", "conference.v1.>", "service.v1.>", "_INBOX.operator.>"],
    answers: false,
  };
}

/** The subjects of a contract. A role speaks of its own life only. */
function wildcard(contract: EventContract | RequestContract, role: string): string {
  return contract.subject.replaceAll("{role}", role).replaceAll(/\{\w+\}/g, "*");
}

function feeds(stream: StreamContract, subject: string): boolean {
  return stream.subjects.some((filter) => subject.startsWith(filter.replace(/>$/, "")));
}

/** What keeping a stream as storage.ts wants it takes: looking, creating where it is missing, following a new limit. */
function keepStream(stream: { readonly name: string }): string[] {
  return ["INFO", "CREATE", "UPDATE"].map((verb) => `$JS.API.STREAM.${verb}.${stream.name}`);
}

/** Consumers by the old and the new API, direct reads, acknowledgements, flow control. */
function readStream(name: string): string[] {
  return [
    `$JS.API.STREAM.INFO.${name}`,
    `$JS.API.STREAM.MSG.GET.${name}`,
    `$JS.API.DIRECT.GET.${name}`,
    `$JS.API.DIRECT.GET.${name}.>`,
    `$JS.API.CONSUMER.CREATE.${name}`,
    `$JS.API.CONSUMER.CREATE.${name}.>`,
    `$JS.API.CONSUMER.DURABLE.CREATE.${name}.*`,
    `$JS.API.CONSUMER.INFO.${name}.*`,
    `$JS.API.CONSUMER.DELETE.${name}.*`,
    `$JS.API.CONSUMER.MSG.NEXT.${name}.*`,
    `$JS.ACK.${name}.>`,
    `$JS.FC.${name}.>`,
  ];
}

function useBucket(bucket: BucketContract): string[] {
  const name = bucketStream(bucket);
  return [`$KV.${bucket.name}.>`, ...keepStream({ name }), ...readStream(name)];
}

/** Who watches may start first, and then makes the bucket; changing it is its owners'. */
function watchBucket(bucket: BucketContract): string[] {
  const name = bucketStream(bucket);
  return [`$JS.API.STREAM.CREATE.${name}`, ...readStream(name)];
}

function bucketStream(bucket: BucketContract): string {
  return `KV_${bucket.name}`;
}

/** NATS micro-services answer PING, INFO and STATS to all, by name, and by name and id. */
function discovery(name: string): string[] {
  return ["PING", "INFO", "STATS"].flatMap((verb) => [
    `$SRV.${verb}`,
    `$SRV.${verb}.${name}`,
    `$SRV.${verb}.${name}.*`,
  ]);
}

function distinct(subjects: readonly string[]): string[] {
  return [...new Set(subjects)];
}
