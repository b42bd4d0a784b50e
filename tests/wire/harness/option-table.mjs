// The options that better-auth's types declare, and those that docs/compatibility.md has rows for.
import ts from 'typescript'

/** The rows of the table of options: `{ option, here }`, one for every name of a row. */
export function optionRows(markdown) {
  const section = markdown.split('\n## ').find(text => text.startsWith("better-auth's options")) ?? ''
  return section.split('\n').flatMap(line => {
    const [, names, here] = /^\| (`.*?`) \| ([a-z ]+) \|/.exec(line) ?? []
    return names ? names.split(', ').map(name => ({ option: name.slice(1, -1), here })) : []
  })
}

/** Whether the row named `row` is about `option`: by its name, or as a group of names. */
export function covers(row, option) {
  return row === option || (row.endsWith('.*') && option.startsWith(row.slice(0, -1)))
}

/** The names of all options as paths, by the declarations of `BetterAuthOptions`: the leaves of its objects. */
export function declaredOptions(source) {
  const file = ts.createSourceFile('options.d.mts', source, ts.ScriptTarget.Latest)
  const types = new Map(file.statements.filter(ts.isTypeAliasDeclaration).map(({ name, type }) => [name.text, type]))
  const names = new Set()
  const visit = (type, path) => {
    if (ts.isParenthesizedTypeNode(type)) return visit(type.type, path)
    if (ts.isTypeLiteralNode(type)) {
      const fields = type.members.filter(ts.isPropertySignature)
      // An index signature: a map of the user's own keys, and so one option.
      if (fields.length < type.members.length) return names.add(path.join('.'))
      return fields.forEach(({ name, type }) => visit(type, [...path, name.text]))
    }
    if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.forEach(one => visit(one, path))
    if (ts.isTypeReferenceNode(type)) {
      const name = type.typeName.text
      if (types.has(name) && /Options$|Config$/.test(name)) return visit(types.get(name), path)
      if (['Optional', 'Omit'].includes(name)) return visit(type.typeArguments[0], path)
      if (name === 'BetterAuthRateLimitRule') return visit(types.get(name), path)
    }
    const isNothing = type.kind === ts.SyntaxKind.UndefinedKeyword
    // A list or function of its own is one option, whatever is in it.
    if (!isNothing && path.length > 0) names.add(path.join('.'))
  }
  visit(types.get('BetterAuthOptions'), [])
  return [...names]
}
