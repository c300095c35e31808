package httpapi_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/internal/httpapi"
	"tradewind/internal/session"
)

const aliceLogin = `{"username":"alice","password":"` + password + `"}`

// cookie finds the login cookie that an answer sets.
func (a answer) cookie(t *testing.T) *http.Cookie {
	t.Helper()
	for _, c := range a.Cookies() {
		if c.Name == httpapi.CookieName {
			return c
		}
	}
	t.Fatalf("no cookie is set: %s", a.text)
	return nil
}

func TestLogin_GivesASessionThatWorks(t *testing.T) {
	f := newFixture(t)
	res := f.send("POST", "/api/login", aliceLogin).want(t, 200)
	var got struct {
		SessionID string
		User      struct{ ID, Name string }
		ExpiresAt int64
	}
	res.into(t, &got)
	if got.User.ID != string(alice) || got.User.Name != "alice" || got.ExpiresAt <= time.Now().UnixMilli() {
		t.Errorf("got %s", res.text)
	}
	if strings.Contains(res.text, "argon2") {
		t.Error("the password hash is told")
	}
	f.as(got.SessionID, "GET", "/api/me", "").want(t, 200).sees(t, `"user":{"id":"usr_alice","name":"alice"`, `"account":{"id":"acc_alice","broker":"paper","live":false,"currency":"USD"`, `"current":true`)
	c := res.cookie(t)
	if c.Value != got.SessionID || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || c.MaxAge != 30*24*3600 {
		t.Errorf("cookie %+v", c)
	}
	f.send("GET", "/api/me", "", "Cookie: "+c.Name+"="+c.Value).want(t, 200)
}

func TestLogin_WrongPasswordTellsNothing(t *testing.T) {
	f := newFixture(t)
	wrong := f.send("POST", "/api/login", `{"username":"alice","password":"x"}`)
	wrong.problem(t, 401, "login_failed")
	nobody := f.send("POST", "/api/login", `{"username":"nobody","password":"x"}`)
	if nobody.text != wrong.text {
		t.Errorf("an unknown name is answered differently:\n%s\n%s", nobody.text, wrong.text)
	}
	if len(wrong.Cookies()) > 0 {
		t.Error("a failed sign-in sets a cookie")
	}
}

func TestLogin_MalformedIsNamed(t *testing.T) {
	f := newFixture(t)
	for body, says := range map[string]string{
		`{}`:                           "username is missing; password is missing",
		`{"username":"a"}`:             "password is missing",
		`{"username":"","password":1}`: "username must have 1 to 256 bytes; password must be a string",
		`{"username":"` + strings.Repeat("x", 257) + `","password":"x"}`: "username must have 1 to 256 bytes",
		`{"username":"a","password":"b","remember":true}`:                `"remember" is not a field`,
	} {
		if detail, _ := f.send("POST", "/api/login", body).problem(t, 400, "invalid_request"); !strings.Contains(detail, says) {
			t.Errorf("%s: %q", body, detail)
		}
	}
	f.send("POST", "/api/login", "username=alice", "Content-Type: application/x-www-form-urlencoded").problem(t, 415, "unsupported_media_type")
}

func TestMe_WithoutAValidSessionIs401(t *testing.T) {
	f := newFixture(t)
	for _, tt := range []struct{ header, code string }{
		{"X: y", "auth_required"},
		{"Authorization: Basic YTpi", "auth_required"},
		{"Authorization: Bearer", "auth_required"},
		{"Cookie: other=alice", "auth_required"},
		{"Authorization: Bearer nobody", "invalid_session"},
		{"Authorization: Bearer " + strings.Repeat("x", 43), "invalid_session"},
		{"Cookie: tradewind_session=nobody", "invalid_session"},
	} {
		res := f.send("GET", "/api/me", "", tt.header)
		res.problem(t, 401, tt.code)
		if got := res.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer") {
			t.Errorf("WWW-Authenticate %q", got)
		}
	}
	f.send("GET", "/api/me", "", "Authorization: bearer "+f.id("alice")).want(t, 200)
	f.send("GET", "/api/me", "", "Authorization: Bearer nobody", "Cookie: tradewind_session="+f.id("alice")).problem(t, 401, "invalid_session")
}

func TestMe_StoreThatDoesNotAnswerIsNotASignOut(t *testing.T) {
	f := newFixture(t)
	f.sessions.fail = errors.New("store is away")
	res := f.alice("GET", "/api/me", "")
	res.problem(t, 503, "auth_failed")
	if res.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", res.Header.Get("Retry-After"))
	}
}

func TestLogin_StoreFailureIsNoWrongPassword(t *testing.T) {
	f := newFixture(t)
	f.sessions.fail = errors.New("store is away")
	f.send("POST", "/api/login", aliceLogin).problem(t, 500, "internal")
}

func TestUserWhoIsGone_IsSignedOut(t *testing.T) {
	f := newFixture(t)
	if err := f.store.RemoveUser(t.Context(), alice); err != nil {
		t.Fatal(err)
	}
	f.alice("GET", "/api/portfolio", "").problem(t, 401, "invalid_session")
}

func TestLogin_LimitsAreProblems(t *testing.T) {
	f := newFixture(t)
	f.sessions.fail = &session.TooManyAttempts{RetryAfter: 1500 * time.Millisecond}
	res := f.send("POST", "/api/login", aliceLogin)
	res.problem(t, 429, "too_many_attempts")
	res.sees(t, `"retryAfterMs":1500`)
	if got := res.Header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q", got)
	}
	f.sessions.fail = session.ErrBusy
	f.send("POST", "/api/login", aliceLogin).problem(t, 503, "busy")
}

func TestLogin_GuessingIsLimitedByAddress(t *testing.T) {
	f := newFixture(t)
	for range 20 {
		f.send("POST", "/api/login", aliceLogin).want(t, 200)
	}
	for range 10 {
		f.send("POST", "/api/login", `{"username":"alice","password":"a guess"}`).problem(t, 401, "login_failed")
	}
	f.send("POST", "/api/login", aliceLogin).problem(t, 429, "too_many_attempts")
	f.send("POST", "/api/login", `{"username":"bob","password":"`+password+`"}`).want(t, 200)
	r := f.request("", "POST", "/api/login", aliceLogin)
	r.RemoteAddr = "198.51.100.7:1234"
	f.serve(r).want(t, 200)
}

func TestLogout_EndsTheSession(t *testing.T) {
	f := newFixture(t)
	res := f.alice("POST", "/api/logout", "").want(t, 204)
	if c := res.cookie(t); c.Value != "" || c.MaxAge >= 0 || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
	f.alice("GET", "/api/me", "").problem(t, 401, "invalid_session")
	f.alice("POST", "/api/logout", "").problem(t, 401, "invalid_session")
	f.as("bob", "POST", "/api/logout", "{}").want(t, 204) // as libraries do that always send a body
}

func TestSessions_AreListedAndEndedByPublicId(t *testing.T) {
	f := newFixture(t)
	phone := f.send("POST", "/api/login", aliceLogin, "User-Agent: Phone/1.0").want(t, 200).cookie(t)
	list := f.alice("GET", "/api/sessions", "").want(t, 200)
	var got struct {
		Sessions []struct {
			ID      string
			Current bool
		}
	}
	list.into(t, &got)
	if len(got.Sessions) != 2 {
		t.Fatalf("got %s", list.text)
	}
	if strings.Contains(list.text, phone.Value) {
		t.Error("a secret session id is told")
	}
	var own, other string
	for _, s := range got.Sessions {
		if s.Current {
			own = s.ID
		} else {
			other = s.ID
		}
	}
	f.as("bob", "DELETE", "/api/sessions/"+other, "").problem(t, 404, "not_found")
	f.alice("DELETE", "/api/sessions/"+other, "").want(t, 204)
	f.as(phone.Value, "GET", "/api/me", "").problem(t, 401, "invalid_session")
	f.alice("DELETE", "/api/sessions/"+other, "").problem(t, 404, "not_found")
	f.alice("DELETE", "/api/sessions/"+strings.Repeat("x", 129), "").problem(t, 404, "not_found")
	if c := f.alice("DELETE", "/api/sessions/"+own, "").want(t, 204).cookie(t); c.MaxAge >= 0 {
		t.Errorf("ending the own session keeps the cookie: %+v", c)
	}
	f.alice("GET", "/api/me", "").problem(t, 401, "invalid_session")
}

func TestPassword_ChangeEndsOtherSessions(t *testing.T) {
	f := newFixture(t)
	other := f.send("POST", "/api/login", aliceLogin).want(t, 200).cookie(t).Value
	f.alice("POST", "/api/password", `{"currentPassword":"wrong one","newPassword":"12345678"}`).problem(t, 403, "wrong_password")
	f.as(other, "GET", "/api/me", "").want(t, 200)
	f.alice("POST", "/api/password", `{"currentPassword":"`+password+`","newPassword":"1234567"}`).problem(t, 400, "invalid_request")
	f.alice("POST", "/api/password", `{"currentPassword":"`+password+`","newPassword":"12345678"}`).want(t, 204)
	f.as(other, "GET", "/api/me", "").problem(t, 401, "invalid_session")
	f.alice("GET", "/api/me", "").want(t, 200)
	f.alice("POST", "/api/password", "").problem(t, 400, "invalid_request")
	f.alice("POST", "/api/password", `{"new":1}`).problem(t, 400, "invalid_request")
}
