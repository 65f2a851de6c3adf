"""A kind of import contract: the packages that are pure import no module that does input or output."""

from grimp import ImportGraph
from importlinter import ContractCheck
from importlinter.contracts.forbidden import ForbiddenContract


class PureContract(ForbiddenContract):
    """A forbidden contract whose source modules may be named before they are built.

    The layers contract is exhaustive, so a name misspelt here is found there.
    """

    type_name = "pure"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        for name in self.contract_options["source_modules"]:
            graph.add_module(name)  # one that exists keeps its imports, a new one has none
        return super().check(graph, verbose)
