using System.IO.Compression;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Checkpoints;

/// <summary>
/// Files that torch 2.6 wrote: tensors of every type, transposed, sliced, strided and expanded views of one storage, a
/// parameter, a scalar and an empty tensor (gzip, base64).
/// </summary>
/// <remarks>
/// sd = OrderedDict(); base = torch.arange(24.); sd['f32'] = base.reshape(2,3,4); sd['transposed'] = base.reshape(4,6).t();
/// sd['slice'] = base[5:11]; sd['strided'] = base[1::3]; sd['expanded'] = torch.tensor([7.5]).expand(3,4); sd[type] = torch.arange(5).to(type)
/// of f16, bf16, f64, i64, i32, i16, i8 and u8; sd['bool'] = torch.tensor([True,False,True]); sd['scalar'] = torch.tensor(3);
/// sd['empty'] = torch.zeros(0,3); sd['parameter'] = torch.nn.Parameter(torch.ones(2,2)*1.5).
/// </remarks>
internal static class TorchFiles
{
    /// <summary>torch.save(sd, path, _use_new_zipfile_serialization=False)</summary>
    private const string LegacyText =
        "H4sIAAAAAAACA3WVyXfbVBSHNdlx1KSEOWUMs8MQ5ElxoBAlDaGtOiQKgxiKq9hKrKJYvvJzaAqhZrCTlqkMLV2w6LJLliz7p7Blx5ZzWHCf3zuyJU58zi/Per7vu/fq3vvSka6q/r+/Lf8zdeH2yp" +
        "GZjnT6Lxn/7oKQtScEQWiGAQmqgV/ZdsOWFzRARAN7HH/xPUJ8t+I2ap7TAGnfVnGT7DTdSsu75LZA3gUla6dws1UPQgIpU7JlfPIaBNKmYiuUETQ2YcRU2m30WUU3vlsl6KWlng1rbujWlrwqUUGY" +
        "tkDM9k9vFPIgVUkQVuszlTbx/JZaCd31tufXKsRttIKwsp1XQc5m7RHqGi2dTRcUdkRd9gOHrLFNFVL2KNoU5vTZQrFY1iDdd1FttjGmyTMEMqumYEqmbCp7MGqOmYop7oF6pU7jOURgzIJxlnXoNF" +
        "rNoOXW4HAdXdeVehJ9V50hJygS0+/B3aZopntwD8PdS+A+C+5n78v3qi48cADpQU6aXDVTZroLR0yxCw8xysMEHrHgUZ566NUwoscO4DzOOVOrGEimC0+YcheeZJynCDxtwTN2Bk+4F5tOg4KejYPK" +
        "ZV0r5fIaPIcgEUFZmppMU5vGL0IPnmewFwi8aMFLrHw5HWYYh1fkuONvRAV5maHzWq5YyJXyoCE6hegcRae6kKe5Fhi2SKBkgd7vo3XKnY1xF/ulzukRuzzELszqMMfZr3D2q5R9lLFfI/C6BfMsZL" +
        "0IRgy9FLTXfTcCLwyB82i8yMHHOHiJgt9g4GUCb1pwnA0C2p6IgU/hOETYkwybm5srlObKRTA59hTHnqbYMwx7lsCKBasMixNixbAnGoOWX+NdoBWwdtgFb3Hq25z6DqW+y6g2gfcseJ9R8QV/EKOu" +
        "0amOuB8OcfViGc5x7kecW6Hc84zrEFi3oGpLlFuGWgx7rO6EEdUdUPMa5rXBqZucWqdUj1EvEPjYAr9PbZdhK94NO2RQsMYQtYh5BZza5FSg1JBRWwSIBW3WZUHgw3aci1sR95NBIxRLugYXkSsjd6" +
        "c/GF24RLmfMu5nBHYt+NxO00mtOr4TwmU+Xyej8HSdYjp8vr5AzPQ0O/4lga8s+Lp/XbhbTbID3cSYa4XZHO3GHp4W8PQeDQLD6ME+DqnYgyuMdJXANxZ82z/VdEJnyyVuCN8dcMVGFip8/3+Hs1q5" +
        "DD+gQwUdXmOXp9SDH3FBhz8xhz8T+MWC6/v9hxt78KsFN+n1f47+y4m3vJi4DqTEpMmJkVYSBUjeVOlE848kmjaTaLfRRKOoicocSrzrscSrGE9cuYfdGVqw4Y/IV4mvMl8Vvg7ZHxUMYVFYShLY5+" +
        "95/sVgS4avE8bAvjMvGIbRMeTItygOAEYqEZbEw1FiYYi4L+NetCNKshJ7EBOpCImUBOHO/LAmY1adeZaEgeqgbqHuoP6kCS1gQqgplIYyUCuo86gmqoPaR11D3UTdQt1G/Y76Y+E/2Iz8fOsIAAA=";

    /// <summary>torch.save({'model': sd, 'optimizer': {'state': {0: {'exp_avg': torch.ones(3)}}, 'param_groups': [{'lr': 0.1, 'params': [0]}]}, 'epoch': 4, 'args': None}, path)</summary>
    private const string TrainingText =
        "H4sIAAAAAAACA6WXW3ATVRjHN02ahlCgQJGrgoJaBNrcmrTcWgKGy2JpF9FYwLJNliayzebbnGBBKhVouSgCgnJRkYsXvM0w44P4xiMPvqgj4zjMyIy++cKjDz74nT3bdPcsEFu2/bpJ5/x//+9cv9" +
        "120e0RBJ9PcFyT8YfocjaXzfU0pGUi1+d3qYn4BKHTeg1U9INQl6xEQa+WVlRwpVKaqiopktVyBf8mPa3oSnpNNkX8ULFQAndd0o1td4ZD4EkRTU9l6ruKJKsW/F260l3MqukuouQKmt61O+SHyrq6" +
        "ZBU2L2BLuUcBL5P4E6omk83sn36oSrqwTQB8BjqVL8I4cQYBf4coiBWiW/QchvFitegRXYeh+miGpjGBwEQJJiX9KMBO5gp5raCkoSaDjhlvpirjyxiMyZThFT1DMEV0id4hmMr0tQSmSfCY0e+Cmk" +
        "0pMJ2XzugQK0XvIMwUXYMwi8lmE5gjweNmn/RsGj2f4IVzO9DKNwjzRPcgPMmETxGYL8GCJJ0npS8v56jy6WGl0f8gPIN6F4Fnac5umnMdfhCGYCFjPEdgkQSL2fgHo7CEyc0hXSerO0sjWm8QQ9CA" +
        "xEoCAUqsHIQg7UqI0cIEIhI0JnH1CN0UF7Xh4sYUBaMlZMxAhqGJIZtN5FKKXMaQywmskGAlSzAagRYbcY1W7FaVEq/V4EVgFePFTd5qylvDeM8TSEiw1uBlkbfOxtuo5XpKtPUGrRE2MJpo0jZS2g" +
        "uM1kZgkwTtjIbLt8NGW58bWY+SAYvCZgZ70YRtobCXGOxlAkkJXmEwHLxOG2xzRtNHcFsNXAy2Mdx2E/cqxXUx3A4CsgTdyQqKa4KUjbY6I+slWNqANYHCYDtNWA+FZRgsS+A1CXYZsGITqPZ53UNG" +
        "5qDXgDVDjsE0E5anMGAwnUBBAsKWiaapULTj8F8l3G7DMhiA15HnJtBnLORB2EN5exnvDQL7JOhPeukOSsmqrMOb5jZYz+RB2M/2wQDKF5pr/y0CByQ4aOxXpTdP9sCh0uYxVCEYRJVAYIiaou0QHM" +
        "ZN5BqCI4xwlMAxCd5OjsPWeVmXexWi6PDOA86wUgs/HLcbheFdNPIQOMGOp4ohOIk3NDrFjN4jcFqCM0eML+8fhg8kOFs0bLU8yfZm96LtuX44zw7dApGJAhf64UNR6IePjJMFD4gueXcPfGx3jsBF" +
        "Nq6fmON6iY7rZeZ6hcBVCT4tFJLVwx3s6tG1Yr4An22Hz/vhizqDoupwbW3LD+fpdcGYBaNtAb7cDl+JglyUi2yQ81oqA1+LHmPmZb2nAN+0FevbxSrf1j/azjagkkb7A8vPFGv56cZVp9FS4qg/ap" +
        "YQVaHYwRV/zqT50HgwdpKwwl7VGgKJeLOdOZqLUQda8E8r/mIMYFzCuIlxF0NYJQg1GPMwAhitGO0YOzDyGAMYRzBOYpzDuIRxDeM6xo1VtGcHVt3J7UDQjjI9m8/1LJiIzxXK5n+vlXoE9y9YTWfK" +
        "81CPGmEl74HDt3Tsw9fpElzU/ruDh47Ss9Bdxr6Ft8c+LnsE+063iaZJHPvt27+pq6+UhHDfJJbySYQS8egYk3hYZ6fwPuFEfKLAz9/NFmvQfuQub7hVYxAePpghnh9JxOuF0a5/uvZZUO8zbfvu0B" +
        "OkusxajXHeOIRhYWz7bznuvLiwhrqvnD/tNn2k85dxb+bccWAbhTHuf+x7a2vrgLGL+tQbNWPxjzyCv/W612J+aGU3n3mvMbKL+cf/W4ff6spkN5vLrjERny6U8XeZ9wrzPryvPJb9NafthDoW/2gZ" +
        "f5fp6y6dX9hXz66Ntfi5toxXA+cVS8QXCaMafxd6u9GXuo67Gqwdy/w3jX3+XRVuD7X+8ZfODlp4K8tY8wd486Od36P0r7GW392KXsC3xEeqv2E/Nf/pYs+WCnMVPNh8rhAcMa83el9Q9KysZvfK9H" +
        "W1K5tOxJeMLpdANBaMhppDgVgk0BhpbgpEA9FgLBYLNcXCjaFwKByLBMONsQjN8tTxW9+PrH+XsVWG87Q+FE12ZO54D+fl1oefKTbpfq9wn+coXm99xJhk09/2CvwDEy+2PjvYxdereHGQF1srf41N" +
        "XOtziB3W1pJtV592qkve9y/r1mvGOIc6xHtby6xdPeBUh3m1tVDa1Xed6givthY6+5Bv8/NqR+LWKmUX/+4QO/K2FhG7uHM8L3akba0AdvE/DnGjw9lypNvFfdW8OMqLrSezXfyXQxzjxdazjevzBF" +
        "7c9P/FvzrEzbzYerDZV8mWiYLjJOXV1gNnrk39s1V9/6OwXfR6F5vNn3AvKUmncvcrZonvmzRc6b30JVSYVTvyZNAuVnqZZqrRnrX9D1sVwBR8FAAA";

    /// <summary>torch.save(sd, path, pickle_protocol=4)</summary>
    private const string ProtocolFourText =
        "H4sIAAAAAAACA62XT2zbdBTHf46dNP8moq6DFQECbUipxLo4ifNHDJq6VQTztKUbO9BL6yZuY82LI8eZOi5UQNcNRQKpRkIcUBEXOCAh7dLjjhy4wCS0AwckjlzKjQMHnh0nfj8nTfqHn/piJ/l93v" +
        "f9fr/n99KKxHKEhMNkYMTIC6SZvVyTTXm2eUcri2fJ8uDY4r64znWBTqyqa5pSNVW90bI6sRtGTTGU2qJaNa1da+amleyw65m01YmbulGtz660TVWDiZMrhrLWVrXaiqk0Wrqxci8N85PJzkQLJsob" +
        "itUJOgSQZU2XzVvux7tWh0lZHbbabFvSedNakogUkFiJ27GkuMRJzI71qB4AYdO6aXWipiE3Wk29pdSs+kQyWQ/XY/V4/UyPDEncA0tipNADTAVbmlpVhgBBKbQN07fxZAjYUGtD/TNSGKaz1PSwst" +
        "mUG3h+h+EtIJhuRKwTEZEIFRG7zud6QKQTe0fW1vGGpG0Hwa6D4ECE3BpFPyc6G8rnsIfMSA/sei7rOTizqLfXNAXj2dG4ivHYNb2xgWFhDAzp04ej7zaoVMiNYfHC47fqukHR+ZF0QC2gqBfqsoHZ" +
        "wmi2jVnxvkltV3HMeem6hml4i+gAn7Jx1s2XATzUqsqabPQcLAGAEmxmBie6crdp3vcyMcA7mUS6rsE5pCIrMVQqRpqyId9VTAUUgug59j7exQ6dxOJ6z2kAHAZohw+dux24a89WpImwerV64X2oLr" +
        "ZVDi1UcXLJLlRrsLG6XXLK4sywSjV8aKppaoottv3Wn9MhcGfb4WIRstCripdTZXHu6ErDR9fr1hy8lOAPbAtsD+wJ2B9gZJ6QBNirYCmwElgFbBWsCbYF9hDsc7AvwfbAvgP7EWx/3l7ZR/O/N1bB" +
        "0eqYlc30V8aXxdfJEeM/KNka/IcXF+w+wI3UiML3fQ3YPkIYwtj4448/ecTCBHYMHvRwiJEhy6z7le3k02c//GVT4b4TMtRJyXOSLotXTnWEo4I97+lkyuIUGb5/T+aw2etofHP1pwR4SIw5r2LfPy" +
        "xDICfNvyuwISJZtJXfvnDut6gT+2jlub4yLOxNcqr8h9wvlUpbThZtavuJ4+lnT62Px8Gce1PqXsLuNeFEl4/G/k3Cu+SY6F7rRyeUxZfJkfQZ9xpwr7285lB+v3T9M+14+rkj6TOuLtt/fmGt3J1r" +
        "U3A/NUZL6GvlyyJPTrD/DGizoGurRr7lp453/oXTnj8TYDlb+ueny0tBcB4cI+0VsKJdv47JR7vt455itOBX8v/QPzJRW/yXrzduB9xTPFx8muRt8Vkn+pZiqLKmfiDbP9dX1FpZzJwkFj6bEbJCkR" +
        "eKAp/PF3ghX8ymCoV0vlDkM9liJiXkinyRz9pRlvb/PuvlL+Okei9O3OpjA5Gj/0P8IG7bcQr6niPU7wI/idtihCKfDxKvyfsx3Olo7ABhvB/DHS5KYe+FEDYgh5saze1irq83vOXh8Qxzab8ebj40" +
        "V5pAXMbP4dZBb8se4gbkcMWnsRfDHjaghksxjX2FsKwfwxWUxgoRDxMG1FAxpLF9hOX8GK5mNHYx6mF5P4YriW9tCCscHTsX87CiH8Olgz7v213MrVV+Dj/M0xT3a5cbXmYqUij0hjvxFfZSH5r0Xf" +
        "9xG+BmvNf/QhNOJUh4/bIiBUNdZtKZ3537HwKoHiTSEAAA";

    internal static string Legacy(TemporaryFolder folder) => Unpacked(folder, "legacy.pth", LegacyText);

    internal static string Training(TemporaryFolder folder) => Unpacked(folder, "training.pth", TrainingText);

    internal static string ProtocolFour(TemporaryFolder folder) => Unpacked(folder, "p4.pth", ProtocolFourText);

    private static string Unpacked(TemporaryFolder folder, string name, string text)
    {
        using var source = new GZipStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress);
        using var target = File.Create(folder.File(name));
        source.CopyTo(target);
        return folder.File(name);
    }
}
