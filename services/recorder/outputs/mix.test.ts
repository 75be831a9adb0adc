import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { mixSound } from "./mix.ts";
import { probe, withoutFfmpeg } from "./testing/material.ts";

describe("mixing", { skip: withoutFfmpeg }, () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "recorder-mix-"));
  });
  after(() => rm(root, { recursive: true, force: true }));

  function tone(name: string, hertz: number, seconds: number, volume = 0.5): string {
    const file = join(root, name);
    const source = `sine=f=${hertz}:d=${seconds}:r=48000,volume=${volume * 8}`;
    execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-c:a", "libopus", "-y", file]);
    return file;
  }

  /** Loudness of a tone in a stretch, in dB. */
  function loudness(file: string, hertz: number, from: number, seconds: number): number {
    const filter = `atrim=${from}:${from + seconds},bandpass=f=${hertz}:width_type=h:w=40,bandpass=f=${hertz}:width_type=h:w=40,volumedetect`;
    const said = execFileSync("sh", [
      "-c",
      `ffmpeg -hide_banner -i "$0" -af "$1" -f null - 2>&1`,
      file,
      filter,
    ]).toString();
    return Number(/mean_volume: (-?[\d.]+|-inf)/.exec(said)?.[1]?.replace("-inf", "-99"));
  }

  for (const suffix of ["ogg", "m4a"]) {
    test(`each is heard from where it begins, in ${suffix}`, async () => {
      const inputs = [
        { file: tone("a.ogg", 500, 2), startMs: 0 },
        { file: tone("b.mka", 1_500, 2), startMs: 1_500 },
      ];
      const output = join(root, `mix.${suffix}`);
      await mixSound({ inputs, output, ffmpegPath: "ffmpeg" });
      const { format, streams } = await probe(output);
      assert.ok(Math.abs(Number(format.duration) - 3.5) < 0.1, format.duration);
      assert.equal(streams[0]?.codec_name, suffix === "ogg" ? "opus" : "aac");
      const [early, late] = [loudness(output, 1_500, 0.2, 1.1), loudness(output, 1_500, 2.2, 1)];
      assert.ok(late > -25 && late - early > 20, `${early} and ${late}`);
      assert.ok(loudness(output, 500, 0.2, 1) > -25);
    });
  }

  test("more than can be mixed at once are mixed, as loud as they were, and do not clip", async () => {
    const [many, one] = [tone("many.ogg", 500, 1, 0.1), tone("one.ogg", 1_500, 1)];
    const inputs = Array.from({ length: 60 }, (_, n) =>
      n === 30 ? { file: one, startMs: 2_000 } : { file: many, startMs: 0 },
    );
    const output = join(root, "many-mixed.ogg");
    await mixSound({ inputs, output, ffmpegPath: "ffmpeg" });
    assert.ok(Math.abs(Number((await probe(output)).format.duration) - 3) < 0.1);
    const alone = join(root, "alone.ogg");
    await mixSound({ inputs: [{ file: one, startMs: 2_000 }], output: alone, ffmpegPath: "ffmpeg" });
    assert.ok(Math.abs(loudness(output, 1_500, 2.3, 0.6) - loudness(alone, 1_500, 2.3, 0.6)) < 1);
    assert.deepEqual(
      (await readdir(root)).filter((name) => name.startsWith(".mix-")),
      [],
    );
  });

  test("what can't be read is an error, and leaves nothing behind", async () => {
    const broken = join(root, "broken.ogg");
    await writeFile(broken, "no sound");
    const output = join(root, "none.ogg");
    await assert.rejects(mixSound({ inputs: [{ file: broken, startMs: 0 }], output, ffmpegPath: "ffmpeg" }), {
      code: "internal",
    });
    await assert.rejects(mixSound({ inputs: [], output, ffmpegPath: "ffmpeg" }), { code: "internal" });
    assert.ok(!(await readdir(root)).some((name) => name.startsWith(".mix-") || name === "none.ogg"));
  });
});
