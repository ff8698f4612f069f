// Node's fetch with its defaults.
for (let number = 1; number <= 3; number++) {
  const input = 'word '.repeat(number).trim();
  const answer = await fetch(`${process.argv[2]}/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'words', input }),
  });
  const said = await answer.json();
  if (!answer.ok || said.usage.prompt_tokens !== number) {
    console.error(answer.status, said);
    process.exit(1);
  }
}
