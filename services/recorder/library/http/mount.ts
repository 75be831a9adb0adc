/** The library over HTTP: `/recordings/api`, which the web role passes on. README.md has the table. */
import type { Bus } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance, FastifyReply } from "@veche/kit/http.ts";
import type { Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { notFound } from "../entries.ts";
import { isGoing } from "../going.ts";
import { Guesses } from "../guesses.ts";
import type { Library } from "../library.ts";
import { libraryLimits as limits } from "../limits.ts";
import { isAdministrator, isOpen, isSame, type Right, rightsOn, type Visitor } from "../rights.ts";
import { hashOf, newId, newSecret } from "../secrets.ts";
import { fieldsOf, numberField, textField } from "./fields.ts";
import { mountParts } from "./parts.ts";
import { passOn } from "./pass-on.ts";
import { type Asked, addressOf, cookieName, isSecure, refuseForeign, sessionSecretOf, visitorOf } from "./request.ts";
import { FileSender } from "./send-file.ts";
import { signIn } from "./sign-in.ts";
import { durationOf, sizeOf, viewOf } from "./view.ts";

const base = "/recordings/api";

export type LibraryHttp = { readonly library: Library; readonly bus: Bus; readonly unit: string };

type One = { readonly Params: { readonly recording: string } };
type OneLink = { readonly Params: { readonly recording: string; readonly link: string } };
type OneFile = {
  readonly Params: { readonly recording: string; readonly "*": string };
  readonly Querystring: Readonly<Record<string, unknown>>;
};

/** To be called before `app` listens. */
export function mountLibrary(app: FastifyInstance, given: LibraryHttp): void {
  mountParts(app, given.library);
  app.register(
    (scope, _options, done) => {
      scope.addHook("onRequest", async (request, reply) => {
        reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
        refuseForeign(request);
      });
      mountSession(scope, given);
      mountRecordings(scope, given.library, new Guesses(given.library.options.clock));
      done();
    },
    { prefix: base },
  );
}

function mountSession(app: FastifyInstance, { library, bus, unit }: LibraryHttp): void {
  const guesses = new Guesses(library.options.clock);
  app.post("/session", async (request, reply) => {
    const signed = await signIn({ library, bus, unit, guesses }, request.body, addressOf(request));
    // Whoever opens a link, or brings keys, stays who they were.
    const before = await library.sessions.find(sessionSecretOf(request));
    const isAccount = signed.user !== "";
    const merged = before
      ? { ...(isAccount ? signed : before), grants: mergeGrants(before.grants, signed.grants) }
      : signed;
    await library.sessions.end(sessionSecretOf(request));
    const { user, person, role, grants } = merged;
    // Keys and links don't make the sign-in of an account last longer.
    const endsMs = isAccount ? signed.endsMs : before && before.user !== "" ? Number(before.expiresMs) : 0;
    const { secret, expiresMs } = await library.sessions.make({ user, person, role, grants, endsMs: endsMs ?? 0 });
    const isBearer = fieldsOf(request.body).bearer === true;
    if (!isBearer) setCookie(reply, secret, Math.floor(limits.sessionMs / 1000), request);
    return {
      user,
      role,
      recordings: grants.map(({ recording }) => recording),
      expiresMs,
      ...(isBearer ? { secret } : {}),
    };
  });
  app.get("/session", async (request) => {
    const session = await library.sessions.find(sessionSecretOf(request));
    if (!session) throw new VecheError("unauthenticated", "sign in first");
    const { user, role, grants, expiresMs } = session;
    return { user, role, recordings: grants.map(({ recording }) => recording), expiresMs: Number(expiresMs) };
  });
  app.delete("/session", async (request, reply) => {
    await library.sessions.end(sessionSecretOf(request));
    setCookie(reply, "", 0, request);
    return reply.code(204).send();
  });
}

type Grants = readonly { readonly recording: string; readonly link: string }[];

function mergeGrants(before: Grants, more: Grants): Grants {
  const isNew = ({ recording, link }: Grants[number]) =>
    !more.some((grant) => grant.recording === recording && grant.link === link);
  return [...before.filter(isNew), ...more].map(({ recording, link }) => ({ recording, link }));
}

function setCookie(reply: FastifyReply, value: string, seconds: number, asked: Asked): void {
  const parts = [`${cookieName}=${value}`, `Path=${base}`, `Max-Age=${seconds}`, "HttpOnly", "SameSite=Strict"];
  if (isSecure(asked)) parts.push("Secure");
  reply.header("set-cookie", parts.join("; "));
}

function mountRecordings(app: FastifyInstance, library: Library, guesses: Guesses): void {
  const { clock } = library.options;
  const files = new FileSender(library.options);

  /** The recording, where the asker has that right; who may not see it can't tell it from none. */
  const open = async (recording: string, asked: Asked, needed: "watch" | "change") => {
    const visitor = await visitorOf(library, asked);
    const address = addressOf(asked);
    if (visitor.keyHash !== "") guesses.check(address);
    const entry = recording.length <= 64 ? await library.entries.find(recording) : undefined;
    const right: Right = entry && !isGoing(entry) ? rightsOn(entry, visitor, clock.now()) : "none";
    if (visitor.keyHash !== "" && entry && !isSame(visitor.keyHash, entry.ownerKeyHash)) guesses.failed(address);
    if (!entry || right === "none")
      throw isKnown(visitor) ? notFound() : new VecheError("unauthenticated", "sign in first");
    if (needed === "change" && right !== "change") {
      throw new VecheError("permission-denied", "a link lets you watch this recording, not change it");
    }
    return { entry, right, visitor };
  };

  app.get("/recordings", async (request) => {
    const visitor = await visitorOf(library, request);
    if (!isKnown(visitor)) throw new VecheError("unauthenticated", "sign in first");
    return listFor(library, visitor, request.query);
  });

  app.get<One>("/recordings/:recording", async (request) => {
    const { entry, right } = await open(request.params.recording, request, "watch");
    return viewOf(entry, right, clock.now());
  });

  app.patch<One>("/recordings/:recording", async (request) => {
    const { entry } = await open(request.params.recording, request, "change");
    const title = textField(fieldsOf(request.body), "title", limits.titleCharacters).trim();
    const changed = await library.entries.change(entry.recording, (found) => {
      if (isGoing(found)) throw notFound();
      found.title = title;
    });
    return viewOf(changed, "change", clock.now());
  });

  app.delete<One>("/recordings/:recording", async (request, reply) => {
    const { entry } = await open(request.params.recording, request, "change");
    if (entry.status === "recording" || entry.status === "processing") {
      throw new VecheError("failed-precondition", "it is still being recorded or finished; end it first");
    }
    const keepsUploads = fieldsOf(request.query).uploads === "keep";
    const ending = keepsUploads ? "deleting-here" : "deleting";
    // It is gone for everybody at once; other recorders remove what they have when they hear of it.
    const left = await library.removal.remove(entry.recording, ending);
    if (left.length === 0) return reply.code(204).send();
    return reply.code(202).send({ recording: entry.recording, recorders: left });
  });

  app.post<One>("/recordings/:recording/links", async (request, reply) => {
    const { entry } = await open(request.params.recording, request, "change");
    const { least, most } = limits.linkMs;
    const seconds = numberField(fieldsOf(request.body), "expiresInSeconds", { least: least / 1000, most: most / 1000 });
    if (seconds === undefined) throw new VecheError("invalid-argument", "expiresInSeconds: expected a number");
    const secret = newSecret();
    const id = newId();
    const createdMs = clock.now();
    const expiresMs = createdMs + seconds * 1000;
    await library.entries.change(entry.recording, (found) => {
      found.links = found.links.filter((link) => isOpen(link, createdMs));
      if (found.links.length >= limits.linksPerRecording) {
        throw new VecheError("resource-exhausted", `expected ≤ ${limits.linksPerRecording} links; revoke one first`);
      }
      found.links.push({
        $typeName: "veche.recorder.v1.RecordingLink",
        id,
        hash: hashOf(secret),
        createdMs: BigInt(createdMs),
        expiresMs: BigInt(expiresMs),
      });
    });
    // Behind the #: no server and no log on the way sees the secret.
    const path = `/recordings#${entry.recording}/${id}/${secret}`;
    return reply.code(201).send({ id, secret, createdMs, expiresMs, path });
  });

  app.get<One>("/recordings/:recording/links", async (request) => {
    const { entry } = await open(request.params.recording, request, "change");
    return { links: viewOf(entry, "change", clock.now()).links };
  });

  app.delete<OneLink>("/recordings/:recording/links/:link", async (request, reply) => {
    const { entry } = await open(request.params.recording, request, "change");
    const { link } = request.params;
    await library.entries.change(entry.recording, (found) => {
      const left = found.links.filter(({ id }) => id !== link);
      if (left.length === found.links.length) throw new VecheError("not-found", "no such link");
      found.links = left;
    });
    return reply.code(204).send();
  });

  app.route<OneFile>({
    method: ["GET", "HEAD"],
    url: "/recordings/:recording/files/*",
    handler: async (request, reply) => {
      const { entry } = await open(request.params.recording, request, "watch");
      const name = request.params["*"];
      const file = entry.files.find((known) => known.name === name);
      if (!file || entry.status !== "available") throw new VecheError("not-found", "no such file of this recording");
      const other = await files.elsewhere(entry, file);
      if (other !== undefined) return passOn(library.neighbours, other, asPassed(request), reply);
      const isDownload = request.query.download !== undefined;
      return files.send(entry, file, { method: request.method, headers: request.headers, isDownload }, reply);
    },
  });

  app.get("/quota", async (request) => {
    const visitor = await visitorOf(library, request);
    if (!isKnown(visitor)) throw new VecheError("unauthenticated", "sign in first");
    const seen = visible(library, visitor);
    return {
      recordings: seen.length,
      sizeBytes: seen.reduce((sum, { entry }) => sum + sizeOf(entry), 0),
      durationSeconds: Math.round(seen.reduce((sum, { entry }) => sum + durationOf(entry), 0)),
      keepMs: library.options.keepMs,
      ...(isAdministrator(visitor)
        ? {
            recorders: [...library.neighbours.all].map(([recorder, { freeDiskBytes }]) => ({
              recorder,
              freeDiskBytes,
            })),
          }
        : {}),
    };
  });
}

function asPassed({ headers, method, ip, url }: Asked & { readonly url: string }) {
  return { headers, method, ip, url };
}

/** Signed in in any way: an account, a key, a link. */
function isKnown({ user, grants, keyHash }: Visitor): boolean {
  return user !== "" || grants.length > 0 || keyHash !== "";
}

function visible(library: Library, visitor: Visitor): { readonly entry: Recording; readonly right: Right }[] {
  const nowMs = library.options.clock.now();
  return library.entries
    .all()
    .filter((entry) => !isGoing(entry))
    .map((entry) => ({ entry, right: rightsOn(entry, visitor, nowMs) }))
    .filter(({ right }) => right !== "none");
}

/** Newest first. The cursor names the last one of the page before, so that what is added meanwhile moves nothing. */
function listFor(library: Library, visitor: Visitor, query: unknown) {
  const fields = fieldsOf(query);
  const wanted = (name: "room" | "tenant" | "owner") => textField(fields, name, 200).toLowerCase();
  const [room, tenant, owner] = [wanted("room"), wanted("tenant"), wanted("owner")];
  const limit = numberField(fields, "limit", { least: 1, most: limits.pageSize.most }) ?? limits.pageSize.usual;
  const [, startedMs, id] = /^(\d{1,15})-([\w-]{1,64})$/.exec(textField(fields, "cursor", 100)) ?? [];
  const isAfter = ({ startedMs: at, recording }: Recording) =>
    startedMs === undefined || Number(at) < Number(startedMs) || (String(at) === startedMs && recording > (id ?? ""));
  const found = visible(library, visitor)
    .filter(({ entry }) => room === "" || entry.room === room || entry.roomName.toLowerCase().includes(room))
    .filter(({ entry }) => tenant === "" || entry.tenant.toLowerCase() === tenant)
    .filter(({ entry }) => owner === "" || entry.owner.toLowerCase() === owner)
    .filter(({ entry }) => isAfter(entry))
    .sort((a, b) => Number(b.entry.startedMs - a.entry.startedMs) || (a.entry.recording < b.entry.recording ? -1 : 1));
  const page = found.slice(0, limit);
  const last = page.at(-1)?.entry;
  const nowMs = library.options.clock.now();
  return {
    recordings: page.map(({ entry, right }) => viewOf(entry, right, nowMs)),
    next: found.length > limit && last ? `${last.startedMs}-${last.recording}` : "",
  };
}
