/** What a container can reach, asked from inside. */
import type { ComposeProject, Container } from "./engine.ts";

/** Ports of an address that take a TCP connection, tried one by one; in JavaScript that runs in a container. */
const scan = `
  const { connect } = require("node:net");
  const [host, first, last] = process.argv.slice(1);
  const open = [];
  let next = Number(first);
  const answers = (port) => new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    const end = (isOpen) => { socket.destroy(); resolve(isOpen); };
    socket.once("connect", () => end(true)).once("timeout", () => end(false)).once("error", () => end(false));
  });
  const tryOn = async () => { for (let port = next++; port <= Number(last); port = next++) if (await answers(port)) open.push(port); };
  Promise.all(Array.from({ length: 300 }, tryOn)).then(() => console.log(JSON.stringify(open.sort((a, b) => a - b))));`;

/** From a container of nobody's in that network: all ports that answer at that address. */
export async function portsSeenFrom(project: ComposeProject, network: string, address: string): Promise<number[]> {
  const image = `veche-secrets:${project.name}`;
  const options = ["--rm", "--network", `${project.name}_${network}`, "--entrypoint", "node"];
  return JSON.parse(await project.docker("run", ...options, image, "-e", scan, address, "1", "65535"));
}

/** Can that service open a connection there? */
export async function reaches(project: ComposeProject, from: string, address: string, port: number): Promise<boolean> {
  const at = ["--no-TTY", from, "node", "-e", scan, address, `${port}`, `${port}`];
  return JSON.parse(await project.compose("exec", ...at)).length > 0;
}

/** Has it a way to addresses outside its own networks? */
export async function hasWayOut(project: ComposeProject, service: string): Promise<boolean> {
  const routes = await project.compose("exec", "--no-TTY", service, "cat", "/proc/net/route");
  return routes.split("\n").some((line) => line.split("\t")[1] === "00000000");
}

/** The address of that container in that network of the project; undefined: it is not in it. */
export async function addressIn(
  project: ComposeProject,
  network: string,
  container: Container,
): Promise<string | undefined> {
  const format = `{{with index .NetworkSettings.Networks "${project.name}_${network}"}}{{.IPAddress}}{{end}}`;
  return (await project.inspect(container, format)) || undefined;
}
