"""What the protocol engines share: lines, tables of verbs, SASL exchanges, the error budget."""
