import { objectId } from '@holdfast/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idsOf } from './names.ts'

it('a name stands for the id of all names that it may be made of, each slash between names first', () => {
  const part = fc.string({ minLength: 1, maxLength: 5, unit: fc.constantFrom('a', '/', '{', 'ü', '.') })
  const names = fc.array(part, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(names, (parts) => {
      const name = parts.join('/')
      fc.pre(name.split('/').length <= 9)
      const ids = idsOf(name)
      expect(ids).toContain(objectId(parts))
      expect(ids[0]).toBe(objectId(name.split('/')))
    }),
  )
})
