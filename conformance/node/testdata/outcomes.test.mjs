// One case of each outcome, for the test of how reports are read.
import assert from "node:assert/strict"
import { describe, test } from "node:test"

describe("a suite, with # and \\", () => {
  test("passes", () => {})
  test("skipped # with a reason", { skip: "not today" }, () => {})
  test.skip("skipped without", () => {})
  test("to do", { todo: "later" }, () => assert.fail())
  test("fails", () => assert.equal(1, 2))
  describe("inner", () => {
    test("passes", () => {})
  })
})
describe("empty", () => {})
test("has tests of its own", async (t) => {
  await t.test("first", () => {})
  await t.test("second", () => {})
})
test("never ends", () => new Promise(() => {}))
