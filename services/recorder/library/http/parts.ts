/** For other recorders alone: the parts of a recording that was taken over while this one was away. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance } from "@veche/kit/http.ts";
import { filesIn, folderOf, openStored, readNote, removeFolder } from "../folder.ts";
import type { Library } from "../library.ts";
import { type PartList, proofHeader } from "../neighbours.ts";
import { isSame } from "../rights.ts";
import { proofFor } from "../secrets.ts";

type Params = { readonly recording: string; readonly "*"?: string };

export function mountParts(app: FastifyInstance, library: Library): void {
  const { root, recorder } = library.options;
  const admit = async (recording: string, proof: unknown): Promise<string> => {
    const entry = await library.entries.find(recording);
    const expected = proofFor(recording, entry?.ownerKeyHash ?? "");
    const folder = folderOf(root, recording);
    // Only what another one goes on with: never a recording of this one's own.
    if (!entry || !folder || !isSame(String(proof ?? ""), expected) || entry.recorder === recorder) {
      throw new VecheError("permission-denied", "not for you");
    }
    if (await readNote(folder)) throw new VecheError("failed-precondition", "it is being finished here");
    return folder;
  };
  app.get<{ Params: Params }>(
    "/internal/recordings/:recording/parts",
    async ({ params, headers }): Promise<PartList> => {
      const folder = await admit(params.recording, headers[proofHeader]);
      const paths = await filesIn(folder);
      const sizes = await Promise.all(paths.map((path) => stat(join(folder, path))));
      return { files: paths.map((path, i) => ({ path, sizeBytes: sizes[i]?.size ?? 0 })) };
    },
  );
  app.get<{ Params: Params }>("/internal/recordings/:recording/parts/*", async ({ params, headers }, reply) => {
    await admit(params.recording, headers[proofHeader]);
    const handle = await openStored(root, params.recording, params["*"] ?? "");
    if (!handle) throw new VecheError("not-found", "no such part");
    return reply.type("application/octet-stream").send(handle.createReadStream());
  });
  app.delete<{ Params: Params }>("/internal/recordings/:recording/parts", async ({ params, headers }, reply) => {
    await removeFolder(await admit(params.recording, headers[proofHeader]));
    return reply.code(204).send();
  });
}
