package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"tradewind/internal/session"
)

// readPassword asks twice at a terminal and otherwise reads the first line of the input.
func readPassword(w world, name string) (string, error) {
	file, ok := w.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(w.in, session.MaxPasswordBytes+2)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		return checkPassword(strings.TrimRight(line, "\r\n"))
	}
	first, err := prompt(w, file, "Password for "+name+": ")
	if err != nil {
		return "", err
	}
	second, err := prompt(w, file, "Again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", usageError{errors.New("the two passwords differ")}
	}
	return checkPassword(first)
}

func prompt(w world, file *os.File, question string) (string, error) {
	fmt.Fprint(w.err, question)
	text, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(w.err)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(text), nil
}

func checkPassword(password string) (string, error) {
	if utf8.RuneCountInString(password) < session.MinPasswordLength || len(password) > session.MaxPasswordBytes {
		return "", usageError{session.ErrBadPassword}
	}
	return password, nil
}
