// Health check of a container: the address it is given has to answer with success.
const answer = await fetch(process.argv[2], { signal: AbortSignal.timeout(2500) });
if (!answer.ok) {
  console.error(`${answer.status} ${(await answer.text()).slice(0, 300)}`);
  process.exit(1);
}
