import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { CpuMeter, freeDisk, freeMemory } from "./figures.ts";

const from = (files: Readonly<Record<string, string>>) => async (path: string) => files[path];
const stat = (busy: number, idle: number) => `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 1 2 3 4\n`;

test("the CPU of the machine", async () => {
  const files: Record<string, string> = { "/proc/stat": stat(100, 900) };
  const meter = new CpuMeter(from(files));
  assert.equal((await meter.measure(0)).busyFraction, 0);
  files["/proc/stat"] = stat(150, 950);
  assert.equal((await meter.measure(1_000)).busyFraction, 0.5);
});

test("a container that has used its share is full, whatever the machine has left", async () => {
  const files: Record<string, string> = {
    "/proc/stat": stat(100, 900),
    "/sys/fs/cgroup/cpu.max": "50000 100000\n",
    "/sys/fs/cgroup/cpu.stat": "usage_usec 1000000\nuser_usec 1\n",
  };
  const meter = new CpuMeter(from(files));
  await meter.measure(0);
  files["/proc/stat"] = stat(110, 990);
  files["/sys/fs/cgroup/cpu.stat"] = "usage_usec 1450000\nuser_usec 1\n";
  const { busyFraction, cores } = await meter.measure(1_000);
  assert.equal(cores, 0.5);
  assert.ok(Math.abs(busyFraction - 0.9) < 1e-9);
});

test("free memory is the container's where it has a limit, and what is cached counts as free", async () => {
  const machine = { "/proc/meminfo": "MemTotal:  9999 kB\nMemAvailable:    8000 kB\n" };
  assert.equal(await freeMemory(from(machine)), 8_000 * 1024);
  const group = { ...machine, "/sys/fs/cgroup/memory.max": "5000000\n", "/sys/fs/cgroup/memory.current": "4000000\n" };
  assert.equal(await freeMemory(from(group)), 1_000_000);
  const cached = { ...group, "/sys/fs/cgroup/memory.stat": "anon 1\ninactive_file 500000\n" };
  assert.equal(await freeMemory(from(cached)), 1_500_000);
  assert.equal(await freeMemory(from({ ...group, "/sys/fs/cgroup/memory.max": "max\n" })), 8_000 * 1024);
});

test("this machine says something", async () => {
  const meter = new CpuMeter();
  await meter.measure(0);
  assert.ok(meter.latest.cores > 0);
  assert.ok((await freeMemory()) > 0);
  assert.ok((await freeDisk(tmpdir())) > 0);
});
