/** A recorder as it runs, but for the browser: ffmpeg draws and plays in its place, as a child of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { run } from "@veche/kit/run.ts";
import { schema } from "../config.ts";
import { bound } from "../edge/children.ts";
import { materialArgs } from "../outputs/testing/material.ts";
import { start } from "../service.ts";
import { type CaptureEnd, type Composite, SessionError } from "../session/contract.ts";

async function openFilm(): Promise<Composite> {
  const { file, args } = bound("ffmpeg", ["-re", ...materialArgs({ seconds: 600, preset: "ultrafast" })]);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "ignore"] });
  await once(child, "spawn");
  let isOver = false;
  const ended = once(child, "exit").then((): CaptureEnd => {
    if (isOver) return { reason: "empty" };
    return { reason: "failed", error: new SessionError("encoder-died", "the encoder has died") };
  });
  return {
    media: child.stdout,
    ended,
    setLayout: async () => {},
    figures: () => ({ frames: 0, droppedFrames: 0 }),
    async [Symbol.asyncDispose]() {
      isOver = true;
      child.kill("SIGTERM");
      await ended;
    },
  };
}

await run("recorder", schema, (context) => start(context, { openComposite: openFilm }));
