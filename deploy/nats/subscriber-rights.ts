/**
 * What other systems may read. A subscriber is an account of its own that imports just this from the account of the roles: live
 * facts, and of each stream one pull consumer that was made for it. Nothing it publishes gets out of its account, and a message
 * that is kept can only be delivered to where it asked from.
 */
import { buckets, type StreamContract, streams } from "@veche/proto/storage.ts";
import type { Export, Import } from "./jwt.ts";

/** By what one says after --read. */
export const readable = {
  conference: streams.conference,
  chat: streams.chat,
  service: streams.service,
  persons: undefined,
} as const satisfies Record<string, StreamContract | undefined>;

export type Grant = keyof typeof readable;
export const grants = Object.keys(readable) as readonly Grant[];

/** Clients are told this JetStream domain: subjects of the plain API would be those of the subscriber's own account. */
export const domain = "veche";

const persons = `KV_${buckets.persons.name}`;

type Service = { readonly subject: string; readonly answers: "Singleton" | "Stream"; readonly inDomain: boolean };

function consumerServices(stream: string, consumer: string): readonly Service[] {
  return [
    { subject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, answers: "Stream", inDomain: true },
    { subject: `$JS.API.CONSUMER.INFO.${stream}.${consumer}`, answers: "Singleton", inDomain: true },
    // "+NXT" in place of an acknowledgement asks for more.
    { subject: `$JS.ACK.${stream}.${consumer}.>`, answers: "Stream", inDomain: false },
  ];
}

const personService: Service = {
  subject: `$JS.API.DIRECT.GET.${persons}.$KV.${buckets.persons.name}.*`,
  answers: "Singleton",
  inDomain: true,
};

/** Of the account of the roles, for all subscribers; each imports its part. */
export const subscriberExports: readonly Export[] = [
  ...Object.values(streams).flatMap(({ name, subjects }) => [
    ...subjects.map((subject): Export => ({ name: subject, subject, type: "stream" })),
    ...consumerServices(name, "*").map(exportOf),
  ]),
  { name: "persons", subject: `$KV.${buckets.persons.name}.>`, type: "stream" },
  exportOf(personService),
];

/** Of a subscriber's account; its consumers have its name. */
export function subscriberImports(name: string, read: readonly Grant[], account: string): readonly Import[] {
  return read.flatMap((grant) => {
    const stream = readable[grant];
    const live = stream?.subjects ?? [`$KV.${buckets.persons.name}.>`];
    const services = stream ? consumerServices(stream.name, name) : [personService];
    return [
      ...live.map((subject): Import => ({ name: subject, subject, account, type: "stream" })),
      ...services.map((service) => importOf(service, account)),
    ];
  });
}

function exportOf({ subject, answers }: Service): Export {
  return { name: subject, subject, type: "service", response_type: answers };
}

function importOf({ subject, inDomain }: Service, account: string): Import {
  const local = inDomain ? { local_subject: subject.replace(/^\$JS\./, `$JS.${domain}.`) } : {};
  return { name: subject, subject, account, type: "service", ...local };
}
