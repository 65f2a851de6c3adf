"""python -m tayori"""

from tayori.cli import main

main(prog_name="tayori")
