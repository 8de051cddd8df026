"""Every statement that loading into MySQL runs. Identifiers are quoted by `identifiers`, values are bound."""
