"""`python -m gateway.cli` is `caredial`, also where no script of that name is installed."""

from gateway.cli import main

if __name__ == "__main__":
    main(prog_name="caredial")
