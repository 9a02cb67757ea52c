/** One process at a time collects; another takes over once the first has ended. */
