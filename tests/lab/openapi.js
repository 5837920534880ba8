// Holds recorded requests and replies against GitHub's OpenAPI description:
//	node openapi.js MODULES <recorded.json
// prints {operations: {operation: times}, violations: [{operation, text}]}.
// openapi.py fetches the modules and calls this.
"use strict";
const fs = require("fs");
const path = require("path");

const modules = process.argv[2];
const load = (name) => require(path.join(modules, name));
const Ajv = load("ajv").default;
const addFormats = load("ajv-formats").default;
const description = JSON.parse(fs.readFileSync(path.join(modules, "@octokit",
	"openapi", "generated", "api.github.com.json"), "utf8"));
const METHODS = ["get", "post", "put", "patch", "delete"];
const PLENTY = 20;

function resolve(node) {
	while (node && node.$ref)
		node = node.$ref.slice(2).split("/").reduce((at, key) =>
			at[key.replace(/~1/g, "/").replace(/~0/g, "~")], description);
	return node;
}

// OpenAPI 3.0 says nullable where JSON Schema has a type null.
function convert(node) {
	if (Array.isArray(node))
		return node.map(convert);
	if (node === null || typeof node !== "object")
		return node;
	const out = {};
	for (const [key, value] of Object.entries(node))
		if (key === "properties")
			out[key] = Object.fromEntries(Object.entries(value)
				.map(([name, schema]) => [name, convert(schema)]));
		else if (key === "$ref")
			out[key] = value.replace("#/components/schemas/", "#/$defs/");
		else if (key === "enum")
			out[key] = value;
		else if (!["nullable", "example", "examples", "discriminator"]
			.includes(key))
			out[key] = convert(value);
	return node.nullable === true ? { anyOf: [{ type: "null" }, out] } : out;
}

// The part of the description's schemas that one schema reaches.
function closure(schema) {
	const found = new Map();
	const visit = (node) => {
		if (node === null || typeof node !== "object")
			return;
		const name = typeof node.$ref === "string" &&
			/^#\/components\/schemas\/(.*)$/.exec(node.$ref);
		if (name && !found.has(name[1])) {
			const target = description.components.schemas[name[1]];
			found.set(name[1], target);
			visit(target);
		}
		Object.values(node).forEach(visit);
	};
	visit(schema);
	const defs = {};
	for (const [name, target] of found)
		defs[name] = convert(target);
	return { $defs: defs, allOf: [convert(schema)] };
}

function checker(coerceTypes) {
	const ajv = new Ajv({ strict: false, logger: false, validateSchema: false,
		coerceTypes, allErrors: false });
	addFormats(ajv);
	const known = new Map();
	return (key, schema, value) => {
		if (!known.has(key))
			known.set(key, ajv.compile(closure(schema)));
		const validate = known.get(key);
		return validate(value) ? [] : validate.errors.map((e) =>
			(e.instancePath || "/") + " " + e.message +
			(e.params && e.params.allowedValues ?
				": " + e.params.allowedValues.join(", ") : ""));
	};
}

const check = checker(false);
const checkText = checker("array");

const routes = Object.keys(description.paths).map((template) => {
	const parts = template.split("/");
	// a ref has slashes of its own
	const pattern = parts.map((part) => part === "{ref}" ? "(.+)" :
		/^\{.*\}$/.test(part) ? "([^/]+)" :
		part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("/");
	return { template, pattern: new RegExp("^" + pattern + "$"),
		fixed: parts.filter((part) => !part.startsWith("{")).length };
});

function operationOf(record) {
	const method = record.method.toLowerCase();
	let best = null;
	for (const route of routes)
		if (route.pattern.test(record.path) && METHODS.includes(method) &&
			description.paths[route.template][method] &&
			(!best || route.fixed > best.fixed))
			best = route;
	return best && { name: record.method + " " + best.template,
		...description.paths[best.template][method] };
}

// Where GitHub's own documentation says more than its description: a range
// of dates in the syntax of searches.
const LOOSE = ["created"];

function checkQuery(operation, query) {
	const problems = [];
	const known = (operation.parameters || []).map(resolve)
		.filter((p) => p.in === "query");
	const given = new URLSearchParams(query || "");
	for (const [name, value] of given) {
		const parameter = known.find((p) => p.name === name);
		if (!parameter) {
			problems.push("query parameter " + name + " is not known");
			continue;
		}
		if (LOOSE.includes(name))
			continue;
		const schema = { type: "object", properties: { v: parameter.schema } };
		for (const text of checkText(operation.name + "?" + name, schema,
			{ v: value }))
			problems.push("query parameter " + name + "=" + value + ": " +
				text);
	}
	for (const p of known)
		if (p.required && !given.has(p.name))
			problems.push("query parameter " + p.name + " is missing");
	return problems;
}

function checkBody(operation, body) {
	const wanted = resolve(operation.requestBody);
	const empty = body === null || body === undefined || body === "";
	if (!wanted)
		return empty ? [] : ["a body, where none is described"];
	if (empty)
		return wanted.required ? ["the body is missing"] : [];
	const schema = wanted.content["application/json"].schema;
	return check(operation.name + " body", schema, body)
		.map((text) => "body: " + text);
}

function checkReply(operation, record) {
	const described = resolve(operation.responses[record.status]);
	if (record.status === 304 || (described && record.status === 204))
		return record.reply ? ["a body with " + record.status] : [];
	// 304, 401, 403 and 429 may come from everything, and are seldom listed
	if (!described && record.status < 400)
		return ["status " + record.status + " is not described"];
	const content = described && described.content &&
		described.content["application/json"];
	const schema = content ? content.schema :
		{ $ref: "#/components/schemas/basic-error" };
	let value;
	try {
		value = JSON.parse(record.reply);
	} catch (e) {
		return [record.status + ": the reply is not JSON: " + e.message];
	}
	return check(operation.name + " " + (content ? record.status : "error"),
		schema, value).map((text) => record.status + ": " + text);
}

function main() {
	const recorded = JSON.parse(fs.readFileSync(0, "utf8"));
	const operations = {};
	const violations = [];
	for (const record of recorded) {
		const operation = operationOf(record);
		const name = operation ? operation.name :
			record.method + " " + record.path;
		operations[name] = (operations[name] || 0) + 1;
		// a reply that was spoilt on purpose proves nothing
		const problems = !operation ? ["there is no such operation"] : [
			...checkQuery(operation, record.query),
			...checkBody(operation, record.body),
			...(record.fault ? [] : checkReply(operation, record)),
		];
		for (const text of problems.slice(0, PLENTY))
			if (!violations.some((v) => v.operation === name &&
				v.text === text))
				violations.push({ operation: name, text });
	}
	process.stdout.write(JSON.stringify({ operations, violations }));
}

main();
