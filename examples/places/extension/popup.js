document.body.append(JSON.stringify(await chrome.runtime.sendMessage('predict')));
