//! Many at the same moment.

use std::sync::Barrier;

/// What `act` gives to each of `number` threads that begin together.
pub fn together<T: Send>(number: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (gate, act) = (Barrier::new(number), &act);
    let gate = &gate;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..number)
            .map(|index| {
                scope.spawn(move || {
                    gate.wait();
                    act(index)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread of the crowd ends well")).collect()
    })
}
