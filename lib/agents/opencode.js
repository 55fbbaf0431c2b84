// What opencode does, told as lines of JSON: the same as drover's `hook` writes for the agents that have hooks
// (lib/domain/agent/hooks.rs). Nothing here may stop opencode or keep it waiting.
import { execFile } from "node:child_process"
import { appendFileSync, readFileSync } from "node:fs"
import { dirname } from "node:path"

const file = process.env.DROVER_HOOKS_FILE
const start = Number(process.env.DROVER_HOOKS_START)
const text = (words) => String(words ?? "").replace(/\s+/g, " ").slice(0, 1000)

// What each answer used that was not told yet, by conversation, and the conversations whose last turn has failed.
const answers = new Map()
const failed = new Set()

function tell(event, conversation, more = {}) {
  try {
    const line = { at: Date.now(), spawn: start, event, ...(conversation ? { conversation } : {}), ...more }
    appendFileSync(file, JSON.stringify(line) + "\n", { mode: 0o600 })
  } catch {}
}

function nonces(parts) {
  const all = (parts ?? []).map((part) => part?.text ?? "").join("\n")
  return [...all.matchAll(/\[drover message ([A-Za-z0-9-]{1,64})\]/g)].map((m) => m[1]).slice(0, 20)
}

// Tokens of an answer, each time that it is told of; the last word counts.
function answered(info) {
  const t = info?.tokens
  if (info?.role !== "assistant" || !t) return
  const cached = t.cache?.read ?? 0
  const of = answers.get(info.sessionID) ?? answers.set(info.sessionID, new Map()).get(info.sessionID)
  of.set(info.id, {
    input: (t.input ?? 0) + cached + (t.cache?.write ?? 0),
    cached,
    output: (t.output ?? 0) + (t.reasoning ?? 0),
    cost: info.cost ?? 0,
  })
}

// The sum of what was not told yet. A model without a price costs nothing by opencode's account: nobody knows.
function used(id) {
  const all = [...(answers.get(id)?.values() ?? [])]
  answers.delete(id)
  const sum = (of) => all.reduce((total, one) => total + one[of], 0)
  const cost = Math.round(sum("cost") * 1e6)
  return { input: sum("input"), cached: sum("cached"), output: sum("output"), micro_usd: cost > 0 ? cost : null }
}

function happened({ type, properties: p }, client) {
  const id = p?.sessionID
  if (type === "session.compacted") tellRules(client, id)
  if (type === "message.updated") answered(p.info)
  if (type === "session.status" && p.status?.type === "retry")
    tell("Retry", id, { source: String(p.status.attempt), words: text(p.status.message) })
  if (type === "session.error") {
    failed.add(id)
    const e = p.error ?? {}
    // Whoever pressed Escape knows.
    if (e.name === "MessageAbortedError") failed.delete(id)
    else tell("StopFailure", id, { source: text(e.name), words: text(`${e.data?.statusCode ?? ""} ${e.data?.message ?? e.name}`).trim() })
  }
  if (type === "session.idle") {
    if (!failed.delete(id)) tell("Stop", id, { used: used(id) })
  }
  if (type === "permission.asked" || type === "permission.updated")
    tell("PermissionRequest", id, { source: text(p.permission ?? p.type) })
  if (type === "question.asked") tell("PermissionRequest", id, { source: "a question", words: "a question of its own" })
}

// After a compaction drover's rules are told again, in the words in which its hook gives them to the other agents: a message
// without an answer, and no turn.
let rules = ""

function tellRules(client, id) {
  const child = execFile(process.env.DROVER_HOOK, [dirname(file), String(start), "SessionStart"], (_, out) => {
    try {
      rules = JSON.parse(out).hookSpecificOutput.additionalContext
      const body = { noReply: true, parts: [{ type: "text", text: rules }] }
      client.session.prompt({ path: { id }, body }).catch(() => {})
    } catch {}
  })
  child.stdin.on("error", () => {})
  child.stdin.end(JSON.stringify({ session_id: id, source: "compact" }))
}

// A conversation that is gone on with gets its prompt from here: beside --session opencode passes over --prompt.
async function goOn(client) {
  const id = process.env.DROVER_GO_ON_IN
  if (!id || globalThis.droverWentOn) return
  globalThis.droverWentOn = true
  const prompt = readFileSync(process.env.PROMPT_FILE, "utf8")
  await client.session.promptAsync({ path: { id }, body: { parts: [{ type: "text", text: prompt }] } })
}

export const Drover = async ({ client }) => {
  tell("SessionStart", undefined, { source: "startup" })
  // Not before opencode is up, which waits for us.
  setTimeout(() => goOn(client).catch((e) => tell("StopFailure", process.env.DROVER_GO_ON_IN, { words: text(e) })), 500)
  return {
    event: async ({ event }) => {
      try {
        happened(event, client)
      } catch {}
    },
    "chat.message": async (input, output) => {
      const isRules = rules && output?.parts?.some((part) => part?.text === rules)
      if (!isRules) tell("UserPromptSubmit", input?.sessionID, { nonces: nonces(output?.parts) })
    },
    "tool.execute.before": async (input) => tell("PreToolUse", input?.sessionID, { source: text(input?.tool) }),
    "tool.execute.after": async (input) => tell("PostToolUse", input?.sessionID, { source: text(input?.tool) }),
  }
}
