/** What a role's NATS user needs beside its own subjects; its permissions are generated from this and from proto/roles.ts. */
export type NatsSubjects = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** Replies, and the questions every micro-service answers. */
export function commonSubjects(role: string): NatsSubjects {
  const verbs = ["PING", "INFO", "STATS"].flatMap((verb) => [
    `$SRV.${verb}`,
    `$SRV.${verb}.${role}`,
    `$SRV.${verb}.${role}.*`,
  ]);
  return { publish: [], subscribe: [`_INBOX.${role}.>`, ...verbs] };
}

/** To create a stream where it is missing and to record in it; the subjects of its facts come from the contracts. */
export function recordingSubjects(stream: string): NatsSubjects {
  const api = ["INFO", "CREATE", "UPDATE"].map((verb) => `$JS.API.STREAM.${verb}.${stream}`);
  return { publish: api, subscribe: [] };
}

/** To read a stream: replay and latest. */
export function readingSubjects(stream: string): NatsSubjects {
  return {
    publish: [`$JS.API.STREAM.INFO.${stream}`, `$JS.API.CONSUMER.CREATE.${stream}`, `$JS.FC.${stream}.>`],
    subscribe: [],
  };
}

/** To create, read, write and watch a bucket. */
export function bucketSubjects(bucket: string): NatsSubjects {
  const stream = `KV_${bucket}`;
  const publish = [
    ...recordingSubjects(stream).publish,
    ...readingSubjects(stream).publish,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$KV.${bucket}.>`,
  ];
  return { publish: [...new Set(publish)], subscribe: [] };
}
