.PHONY: check test
check:  ## style, types, contracts and the fast tests
	python3 scripts/test.py --fast
test:  ## everything
	python3 scripts/test.py
