/** A console client from Debian, over TCP with STARTTLS, with an account. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { Administrator, passwordOf } from "@veche/xmpp/testing/people.ts";
import { Lesson, room } from "./lesson.ts";

const nick = "anna0001";
const program = "go-sendxmpp";
const skip = spawnSync("which", [program]).status === 0 ? false : `${program} is not installed`;

/** What somebody types at it goes to the room, line by line, until its input ends. */
function startClient(lesson: Lesson): ChildProcess {
  const address = ["--username", "anna@meet.jitsi", "--password", passwordOf("anna")];
  // Its certificate is the server's own, which this client can't be told to trust.
  const server = ["--jserver", `127.0.0.1:${lesson.harness.c2sPort}`, "--no-tls-verify"];
  return spawn(program, [...address, ...server, "--alias", nick, "--chatroom", "--interactive", room], {
    stdio: ["pipe", "ignore", "ignore"],
  });
}

test("go-sendxmpp signs in over STARTTLS, enters a room, is heard, and leaves", { skip }, async (t) => {
  await using lesson = await Lesson.begin();
  await using administrator = await Administrator.start(lesson.harness);
  await administrator.add("anna");
  const client = startClient(lesson);
  t.after(() => client.kill("SIGKILL"));
  client.stdin?.write("good morning\n");
  await lesson.entered(2);
  await lesson.hears("good morning", nick);
  client.stdin?.write("it is nine o'clock\n");
  await lesson.hears("it is nine o'clock", nick);
  client.stdin?.end();
  await lesson.sees(nick, "unavailable");
  if (client.exitCode === null && client.signalCode === null) await once(client, "exit");
});
