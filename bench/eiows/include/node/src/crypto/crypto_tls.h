// Stands in for a header of Node's source tree, of which eiows needs one thing:
// to take a TLS connection over. The bench has none, so this one refuses that,
// and eiows compiles with the public headers of Node alone.
#pragma once

namespace node {

class BaseObject {};

namespace crypto {

class TLSWrap : public BaseObject {
 public:
  struct Session {
    SSL *get() const { return nullptr; }
  };
  const Session *getSSL() const { return nullptr; }
};

}  // namespace crypto
}  // namespace node

// In Node it takes the C++ object out of a JavaScript object, or returns.
#define ASSIGN_OR_RETURN_UNWRAP(target, object)                                  \
  do {                                                                           \
    v8::Isolate *isolate = v8::Isolate::GetCurrent();                            \
    isolate->ThrowException(v8::Exception::Error(                                \
        v8::String::NewFromUtf8Literal(isolate, "eiows: built without TLS")));   \
    return;                                                                      \
  } while (0)
