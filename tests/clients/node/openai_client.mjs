// openai for Node decodes base64 whatever came: floats sent in its place would be two numbers.
import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI();
const input = ["I love my cat.", "Der Hund schläft. 🐕", "x"];

const packed = await client.embeddings.create({ model: "minilm", input });
const floats = await client.embeddings.create({ model: "minilm", input, encoding_format: "float" });
assert.equal(packed.data.length, 3);
for (const [index, item] of packed.data.entries()) {
  assert.equal(item.index, index);
  assert.equal(item.embedding.length, 384);
  assert.deepEqual(
    Float32Array.from(item.embedding),
    Float32Array.from(floats.data[index].embedding),
  );
}
assert.equal(packed.usage.total_tokens, floats.usage.total_tokens);

const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.deepEqual(models, ["minilm", "sha256"]);

await assert.rejects(client.embeddings.create({ model: "none", input: "a" }), (error) => {
  assert.ok(error instanceof OpenAI.NotFoundError);
  assert.equal(error.code, "model_not_found");
  return true;
});
await assert.rejects(client.embeddings.create({ model: "minilm", input: [] }), (error) => {
  assert.ok(error instanceof OpenAI.BadRequestError);
  return true;
});
console.log("openai for Node", process.version);
