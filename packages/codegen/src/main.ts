console.log('codegen')
