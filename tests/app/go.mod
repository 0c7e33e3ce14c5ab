// The programs that pods of the test bed run; the standard library is all they need.
module microservices.dev/testbed/app

go 1.26
