"""What the user asks for: keys, tables of settings, conditions of the gate."""
