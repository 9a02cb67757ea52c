import { asPythonType } from "../values/python_type.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { PickleMachine } from "./pickle_machine.ts";

/** Carries out the opcodes that make objects of classes. */
export function runObject(machine: PickleMachine, opcode: number): void {
  switch (opcode) {
    case 0x63: { // GLOBAL
      const module = machine.name();
      return machine.pushName(module, machine.name());
    }
    case 0x93: { // STACK_GLOBAL
      const name = machine.pop();
      const module = machine.pop();
      if (typeof name !== "string" || typeof module !== "string") machine.fail("a name that is no text");
      return machine.pushName(module, name);
    }
    case 0x52: { // REDUCE
      const args = machine.pop();
      return machine.push(machine.call(machine.pop(), args));
    }
    case 0x81: { // NEWOBJ
      const args = machine.pop();
      return machine.push(machine.make(machine.pop(), args));
    }
    case 0x92: { // NEWOBJ_EX
      const kwargs = machine.pop();
      const args = machine.pop();
      return machine.push(machine.make(machine.pop(), args, kwargs));
    }
    case 0x62: // BUILD
      return machine.build();
    case 0x69: { // INST
      const module = machine.name();
      const name = machine.name();
      const args = asPythonType(machine.popItems(), "tuple");
      machine.pushName(module, name);
      return pushInstance(machine, machine.pop(), args);
    }
    case 0x6f: { // OBJ
      const args = asPythonType(machine.popItems(), "tuple");
      const type = args.shift() ?? machine.fail("there is no class");
      return pushInstance(machine, type, args);
    }
    case 0x50: // PERSID
    case 0x51: // BINPERSID
      return machine.fail("a persistent id, of an object that is not in the pickle");
    case 0x82: // EXT1
    case 0x83: // EXT2
    case 0x84: // EXT4
      return machine.fail("a code of Python's extension registry");
    case 0x97: // NEXT_BUFFER
    case 0x98: // READONLY_BUFFER
      return machine.fail("a buffer that is not in the pickle");
    default:
      return machine.fail("unknown");
  }
}

/** An instance of Python 2's kind of class, which is not called where there is nothing to call it with. */
function pushInstance(machine: PickleMachine, type: PythonValue, args: PythonValue[]): void {
  machine.push(args.length === 0 ? machine.make(type, args) : machine.call(type, args));
}
