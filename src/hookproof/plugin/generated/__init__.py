"""Cases made by schemathesis and hypothesis. Nothing else knows them."""
